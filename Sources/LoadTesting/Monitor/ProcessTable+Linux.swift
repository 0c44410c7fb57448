#if os(Linux)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// The processes of this machine, from `/proc`.
    package struct SystemProcesses: ProcessTable {
        private let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        private let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

        /// The table of now.
        package init() {}

        /// See `ProcessTable`.
        package func reading(of pid: Int) -> ProcessReading? {
            guard let fields = Self.stat(of: pid), fields.count > 21 else { return nil }
            // Counted from the third field of proc(5), the state: 11 to 14 are utime, stime, cutime and cstime.
            let time = fields[11...14].reduce(0) { $0 + (Double($1) ?? 0) }
            return ProcessReading(
                cpuSeconds: time / ticks, residentBytes: Int(fields[21]).map { $0 * pageSize }, threads: Int(fields[17]),
                descriptors: Self.entries(of: "/proc/\(pid)/fd")?.count, startedAt: UInt64(fields[19]) ?? 0)
        }

        /// See `ProcessTable`.
        package func children(of pid: Int) -> [Int] {
            let tasks = Self.entries(of: "/proc/\(pid)/task") ?? []
            var known: [Int] = []
            for task in tasks {
                // Not every kernel has this file; then the parents of all processes are read.
                guard let text = Self.contents(of: "/proc/\(pid)/task/\(task)/children") else { return scan(for: pid) }
                known += text.split(separator: " ").compactMap { Int($0) }
            }
            return known
        }

        /// See `ProcessTable`.
        package func cores(of pid: Int) -> Int? {
            let line = Self.contents(of: "/proc/\(pid)/status")?.split(separator: "\n").first {
                $0.hasPrefix("Cpus_allowed_list:")
            }
            // `0-3,6`: ranges and single ones.
            return line?.split(whereSeparator: \.isWhitespace).last.map { list in
                list.split(separator: ",").reduce(0) { count, range in
                    let ends = range.split(separator: "-").compactMap { Int($0) }
                    return count + (ends.last ?? 0) - (ends.first ?? 0) + 1
                }
            }
        }

        private func scan(for parent: Int) -> [Int] {
            (Self.entries(of: "/proc") ?? []).compactMap { Int($0) }.filter { pid in
                guard let fields = Self.stat(of: pid), fields.count > 1 else { return false }
                return Int(fields[1]) == parent
            }
        }

        /// The fields after the name, which is in parentheses and may hold spaces and parentheses itself.
        private static func stat(of pid: Int) -> [Substring]? {
            guard let text = contents(of: "/proc/\(pid)/stat"), let nameEnd = text.utf8.lastIndex(of: UInt8(ascii: ")")) else {
                return nil
            }
            return text[nameEnd...].dropFirst().split(whereSeparator: \.isWhitespace)
        }

        /// The names in a folder; nil when permission denied.
        private static func entries(of path: String) -> [String]? {
            guard let folder = opendir(path) else { return nil }
            defer { closedir(folder) }
            var names: [String] = []
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            return names
        }

        private static func contents(of path: String) -> String? {
            guard let file = fopen(path, "re") else { return nil }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 16 << 10)
            let count = fread(&bytes, 1, bytes.count, file)
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
#endif
