/// A pool's own metrics in Prometheus' text format.
enum PoolMetrics {
    static func text(_ status: PoolStatus) -> String {
        let states = ["starting", "serving", "draining", "killed"]
        let counts = states.map { state in
            "sakuga_pool_workers{state=\"\(state)\"} \(status.workers.count { $0.state == state })"
        }
        return family("sakuga_pool_workers", "gauge", "Worker processes by state.", counts)
            + family(
                "sakuga_pool_target_workers", "gauge", "Workers that there should be now.",
                ["sakuga_pool_target_workers \(status.target)"])
            + family(
                "sakuga_pool_worker_deaths_total", "counter", "Workers that died or were killed because they hung.",
                ["sakuga_pool_worker_deaths_total \(status.deaths)"])
            + family(
                "sakuga_pool_generation", "gauge", "What workers are started from; each update has a higher number.",
                ["sakuga_pool_generation \(status.generation.number)"])
            + family(
                "sakuga_pool_update_failed", "gauge", "1 when the last update was given up and undone.",
                ["sakuga_pool_update_failed \(status.updateFailure == nil ? 0 : 1)"])
    }

    private static func family(_ name: String, _ kind: String, _ help: String, _ samples: [String]) -> String {
        (["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"] + samples).joined(separator: "\n") + "\n"
    }
}
