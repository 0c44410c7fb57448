import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What this program takes itself, from one look to the next.
struct GeneratorWatch: Sendable {
    /// Cores that this process may use, which in a container or under `taskset` are fewer than the machine has.
    static let cores = System.coreCount

    private var last: (time: Double, cpuSeconds: Double)

    init(now: Double) { last = (now, Self.cpuSeconds()) }

    /// Processor in percent of one core since the look before, and memory; the lag is filled in by who knows it.
    mutating func look(now: Double) -> GeneratorFigures {
        let cpuSeconds = Self.cpuSeconds()
        var figures = GeneratorFigures()
        figures.cores = Self.cores
        if now > last.time { figures.cpuPercent = (cpuSeconds - last.cpuSeconds) / (now - last.time) * 100 }
        figures.residentBytes = SystemProcesses().reading(of: Int(getpid()))?.residentBytes
        last = (now, cpuSeconds)
        return figures
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        #if canImport(Glibc)
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        #else
            guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
        #endif
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}
