#if os(Linux)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    extension ProcessMetrics {
        /// Reads the values in `/proc`.
        mutating func readSystem() {
            if let text = Self.contents(of: "/proc/self/stat") { read(stat: text) }
            openDescriptors = Self.countDescriptors()
        }

        /// Parses memory, threads and start time from the line of `/proc/self/stat`.
        private mutating func read(stat: String) {
            // The second field is the program's name in parentheses, which may contain spaces and parentheses itself.
            guard let nameEnd = stat.utf8.lastIndex(of: UInt8(ascii: ")")) else { return }
            let fields = stat[nameEnd...].dropFirst().split(whereSeparator: \.isWhitespace)
            // Counted from the third field of proc(5), the state: 17 is num_threads, 19 starttime, 20 vsize, 21 rss.
            guard fields.count > 21 else { return }
            threads = Int(fields[17])
            virtualBytes = Int(fields[20])
            residentBytes = Int(fields[21]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
            if let ticks = Double(fields[19]), let bootTime = Self.bootTime {
                startTime = bootTime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
            }
        }

        /// The boot time, in seconds since 1970. Read once, so that a later change of the clock does not move it.
        private static let bootTime: Double? = contents(of: "/proc/stat")?.split(separator: "\n")
            .first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst("btime ".count)) }

        private static func countDescriptors() -> Int? {
            guard let folder = opendir("/proc/self/fd") else { return nil }
            defer { closedir(folder) }
            var entries = 0
            while readdir(folder) != nil { entries += 1 }
            // Excludes ".", ".." and the descriptor of this folder.
            return max(0, entries - 3)
        }

        private static func contents(of path: String) -> String? {
            guard let file = fopen(path, "re") else { return nil }
            defer { fclose(file) }
            // With many cores, /proc/stat has many kilobytes before the relevant line.
            var bytes = [UInt8](repeating: 0, count: 256 << 10)
            let count = fread(&bytes, 1, bytes.count, file)
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
#endif
