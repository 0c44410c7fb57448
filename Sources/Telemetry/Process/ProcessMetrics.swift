#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The resources that this process uses at one moment. A value that the system does not provide is nil.
package struct ProcessMetrics: Sendable, Equatable {
    /// CPU time of all threads since the start, user and system, in seconds.
    package var cpuSeconds: Double?
    /// Resident memory, in bytes.
    package var residentBytes: Int?
    /// Virtual memory, in bytes.
    package var virtualBytes: Int?
    /// Open file descriptors.
    package var openDescriptors: Int?
    /// The limit of open file descriptors; nil also when there is none.
    package var maximumDescriptors: Int?
    /// The number of threads.
    package var threads: Int?
    /// The start time of the process, in seconds since 1970.
    package var startTime: Double?

    /// Creates metrics without values.
    init() {}

    /// The present values. Reads a few small system files; takes well under a millisecond.
    package static func now() -> ProcessMetrics {
        var metrics = ProcessMetrics()
        metrics.cpuSeconds = processorTime()
        metrics.maximumDescriptors = descriptorLimit()
        metrics.readSystem()
        return metrics
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
        // Without a limit the system returns a number that does not fit an Int.
        return Int(exactly: limit.rlim_cur).flatMap { $0 == .max ? nil : $0 }
    }
}

extension ProcessMetrics {
    /// The metrics under the names that Prometheus' client libraries use; unknown values are left out.
    package var collected: [CollectedMetric] {
        let all: [(String, MetricKind, String, Double?)] = [
            (
                "process_cpu_seconds_total", .counter, "CPU time, user and system, in seconds.",
                cpuSeconds
            ),
            ("process_resident_memory_bytes", .gauge, "Resident memory, in bytes.", residentBytes.map(Double.init)),
            ("process_virtual_memory_bytes", .gauge, "Virtual memory, in bytes.", virtualBytes.map(Double.init)),
            ("process_open_fds", .gauge, "Open file descriptors.", openDescriptors.map(Double.init)),
            ("process_max_fds", .gauge, "Limit of open file descriptors.", maximumDescriptors.map(Double.init)),
            ("process_threads", .gauge, "Number of threads.", threads.map(Double.init)),
            ("process_start_time_seconds", .gauge, "Start time of the process, in seconds since 1970.", startTime),
        ]
        return all.compactMap { name, kind, help, value in
            value.map { CollectedMetric(name: name, kind: kind, help: help, value: $0) }
        }
    }
}

extension PrometheusRegistry {
    /// Exposes the process's own metrics, read at each exposition.
    package func exposeProcess() {
        collect { ProcessMetrics.now().collected }
    }
}
