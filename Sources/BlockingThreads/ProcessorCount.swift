#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many threads can really run at once here.
package enum ProcessorCount {
    /// The processors this process may run on, bounded by the container's CPU quota (cgroup v2 or v1); at least 1.
    package static var available: Int {
        let allowed = affinity()
        guard let quota = cgroupQuota() else { return allowed }
        return max(1, min(allowed, Int(quota.rounded(.up))))
    }

    private static func affinity() -> Int {
        #if os(Linux)
            if let status = contents(of: "/proc/self/status"), let count = parseAllowed(status) { return count }
        #endif
        return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Counts `Cpus_allowed_list` of `/proc/self/status`: `"0-3,8"` is five processors.
    package static func parseAllowed(_ status: String) -> Int? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") }) else { return nil }
        var count = 0
        for part in line.dropFirst("Cpus_allowed_list:".count).split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
            guard let first = ends.first, let last = ends.last, last >= first else { return nil }
            count += last - first + 1
        }
        return count > 0 ? count : nil
    }

    private static func cgroupQuota() -> Double? {
        #if os(Linux)
            if let text = contents(of: "/sys/fs/cgroup/cpu.max") { return parseCgroup2(text) }
            if let quota = contents(of: "/sys/fs/cgroup/cpu/cpu.cfs_quota_us").flatMap({ firstNumber($0) }),
                let period = contents(of: "/sys/fs/cgroup/cpu/cpu.cfs_period_us").flatMap({ firstNumber($0) }), quota > 0,
                period > 0
            {
                return quota / period
            }
        #endif
        return nil
    }

    /// `cpu.max` of cgroup v2: `"200000 100000"` is two processors, `"max 100000"` no bound.
    package static func parseCgroup2(_ text: String) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0 else {
            return nil
        }
        return quota / period
    }

    private static func firstNumber(_ text: String) -> Double? {
        text.split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
    }

    private static func contents(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
