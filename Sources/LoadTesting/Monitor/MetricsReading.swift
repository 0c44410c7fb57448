/// The target's figures as its own metrics tell them, from one answer to the next.
package struct MetricsReading: Sendable {
    private var last: (time: Double, cpuSeconds: Double)?

    /// Nothing was read yet.
    package init() {}

    /// What an answer says; the processor since the answer before. `now` in seconds of any clock.
    package mutating func figures(_ metrics: PrometheusText, now: Double) -> TargetFigures {
        var figures = TargetFigures()
        if let cpuSeconds = metrics.value("process_cpu_seconds_total") {
            // Less than before: it was started anew.
            if let last, now > last.time, cpuSeconds >= last.cpuSeconds {
                figures.cpuPercent = (cpuSeconds - last.cpuSeconds) / (now - last.time) * 100
            }
            last = (now, cpuSeconds)
        }
        figures.residentBytes = Self.whole(metrics.value("process_resident_memory_bytes"))
        figures.threads = Self.whole(
            metrics.value(
                "process_threads", "process_num_threads", "go_threads", "jvm_threads_current", "jvm_threads_live_threads"))
        figures.descriptors = Self.whole(metrics.value("process_open_fds", "process_files_open_files"))
        figures.cores = Self.whole(metrics.value("sakuga_cores"))
        figures.waiting = metrics.value("sakuga_waiting_jobs")
        figures.queued = metrics.value("sakuga_queue_jobs")
        return figures
    }

    private static func whole(_ value: Double?) -> Int? { value.flatMap { Int(exactly: $0.rounded()) } }
}
