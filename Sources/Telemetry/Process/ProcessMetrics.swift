#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What this process takes of the machine, at one moment. A figure that the system does not tell is nil.
package struct ProcessFigures: Sendable, Equatable {
    /// Processor time of all threads since the start, in user mode and in the system, in seconds.
    package var cpuSeconds: Double?
    /// Bytes of memory in use.
    package var residentBytes: Int?
    /// Bytes of address space.
    package var virtualBytes: Int?
    /// Open file descriptors.
    package var openDescriptors: Int?
    /// Descriptors that may be open at once; nil also when there is no bound.
    package var maximumDescriptors: Int?
    /// Threads.
    package var threads: Int?
    /// When the process was started, in seconds since 1970.
    package var startTime: Double?

    /// No figures.
    init() {}

    /// The figures of now. Reads a few small files of the system; takes well under a millisecond.
    package static func now() -> ProcessFigures {
        var figures = ProcessFigures()
        figures.cpuSeconds = processorTime()
        figures.maximumDescriptors = descriptorLimit()
        figures.readSystem()
        return figures
    }

    private static func processorTime() -> Double? {
        var usage = rusage()
        #if canImport(Glibc)
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        #else
            guard getrusage(RUSAGE_SELF, &usage) == 0 else { return nil }
        #endif
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    private static func descriptorLimit() -> Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        #else
            guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return nil }
        #endif
        // Without a bound the system says a number that no Int holds.
        return Int(exactly: limit.rlim_cur).flatMap { $0 == .max ? nil : $0 }
    }
}

extension ProcessFigures {
    /// The figures under the names that Prometheus' own client libraries use; what is not known is left out.
    package var metrics: [CollectedMetric] {
        let all: [(String, MetricKind, String, Double?)] = [
            (
                "process_cpu_seconds_total", .counter, "Processor time spent in user mode and in the system, in seconds.",
                cpuSeconds
            ),
            ("process_resident_memory_bytes", .gauge, "Memory in use, in bytes.", residentBytes.map(Double.init)),
            ("process_virtual_memory_bytes", .gauge, "Address space, in bytes.", virtualBytes.map(Double.init)),
            ("process_open_fds", .gauge, "Open file descriptors.", openDescriptors.map(Double.init)),
            ("process_max_fds", .gauge, "File descriptors that may be open at once.", maximumDescriptors.map(Double.init)),
            ("process_threads", .gauge, "Threads of the process.", threads.map(Double.init)),
            ("process_start_time_seconds", .gauge, "When the process was started, in seconds since 1970.", startTime),
        ]
        return all.compactMap { name, kind, help, value in
            value.map { CollectedMetric(name: name, kind: kind, help: help, value: $0) }
        }
    }
}

extension PrometheusRegistry {
    /// Exposes the process's own figures, as they are at each exposition.
    package func exposeProcess() {
        collect { ProcessFigures.now().metrics }
    }
}
