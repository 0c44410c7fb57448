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
