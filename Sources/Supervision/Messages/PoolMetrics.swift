/// A pool's own metrics in Prometheus' text format.
enum PoolMetrics {
    static func text(_ status: PoolStatus) -> String {
        let states = ["starting", "serving", "draining", "killed"]
        let counts = states.map { state in
            "sakuga_pool_workers{state=\"\(state)\"} \(status.workers.count { $0.state == state })"
        }
        return family("sakuga_pool_workers", "gauge", "Worker processes by state.", counts)
            + family(
                "sakuga_pool_target_workers", "gauge", "Number of workers that there should be now.",
                ["sakuga_pool_target_workers \(status.target)"])
            + family(
                "sakuga_pool_worker_deaths_total", "counter", "Workers that died or were killed because they hung.",
                ["sakuga_pool_worker_deaths_total \(status.deaths)"])
            + family(
                "sakuga_pool_generation", "gauge", "Number of the workers' generation; each update has a higher one.",
                ["sakuga_pool_generation \(status.generation.number)"])
            + family(
                "sakuga_pool_update_failed", "gauge", "1 when the last update failed and was rolled back.",
                ["sakuga_pool_update_failed \(status.updateFailure == nil ? 0 : 1)"])
    }

    private static func family(_ name: String, _ kind: String, _ help: String, _ samples: [String]) -> String {
        (["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"] + samples).joined(separator: "\n") + "\n"
    }
}

/// Merges the metrics of several workers, each in Prometheus' text format: one block a family, and a label `worker` on each sample.
package enum ExpositionMerge {
    private struct Family {
        var heads: [Substring] = []
        var samples: [String] = []
    }

    /// - Parameter texts: the workers' metrics; `name` becomes the value of the label `worker`.
    package static func merge(_ texts: [(name: String, text: String)]) -> String {
        var order: [String] = []
        var families: [String: Family] = [:]
        func change(_ name: String, _ body: (inout Family) -> Void) {
            if families[name] == nil { order.append(name) }
            body(&families[name, default: Family()])
        }
        for (name, text) in texts {
            var current = ""
            for line in text.split(separator: "\n") {
                if line.hasPrefix("#") {
                    let words = line.split(separator: " ", maxSplits: 3)
                    guard words.count > 2 else { continue }
                    current = String(words[2])
                    change(current) { family in
                        let isNew = !family.heads.contains { $0.hasPrefix("\(words[0]) \(words[1]) ") }
                        if isNew { family.heads.append(line) }
                    }
                } else if let sample = labelled(line, worker: name) {
                    // A histogram's samples have suffixes behind the family's name.
                    let isOfCurrent = !current.isEmpty && line.hasPrefix(current)
                    change(isOfCurrent ? current : String(line.prefix { $0 != "{" && $0 != " " })) { $0.samples.append(sample) }
                }
            }
        }
        return order.compactMap { families[$0] }
            .map { ($0.heads.map(String.init) + $0.samples).joined(separator: "\n") + "\n" }.joined()
    }

    private static func labelled(_ line: Substring, worker: String) -> String? {
        let label = "worker=\"\(worker)\""
        if let brace = line.firstIndex(of: "{") {
            let after = line.index(after: brace)
            let separator = line[after...].hasPrefix("}") ? "" : ","
            return "\(line[..<after])\(label)\(separator)\(line[after...])"
        }
        guard let space = line.firstIndex(of: " ") else { return nil }
        return "\(line[..<space]){\(label)}\(line[space...])"
    }
}
