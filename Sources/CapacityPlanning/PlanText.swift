import LoadTesting

/// A plan as text: the result, then a table with bars.
package struct PlanText {
    private let plan: CapacityPlan

    /// Writes a plan.
    package init(_ plan: CapacityPlan) {
        self.plan = plan
    }

    /// Seconds as text.
    static func time(_ seconds: Double) -> String {
        seconds < 1 ? "\(Decimals.text(seconds * 1000)) ms" : "\(Decimals.text(seconds)) s"
    }

    static func bytes(_ bytes: Double) -> String {
        bytes < 1e9 ? "\(Decimals.text(bytes / 1e6)) MB" : "\(Decimals.text(bytes / 1e9)) GB"
    }

    /// The whole, lines ending in a line feed.
    package var text: String {
        (answer + [""] + table + [""] + basis + plan.remarks.map { "note: \($0)" }).joined(separator: "\n") + "\n"
    }

    private var answer: [String] {
        let failing = plan.failures > 0 ? ", also with \(plan.failures) of them dead" : ""
        let wanted =
            "\(Decimals.text(plan.targetRate)) requests a second with \(plan.objectives.map(\.description).joined(separator: ", "))\(failing)"
        guard let instances = plan.instances, let cores = plan.cores else {
            return ["\(wanted):", "  no number of instances that was tried will do."]
        }
        let memory = plan.memory.map { ", \(Self.bytes($0)) of memory" } ?? ", memory unknown (not measured)"
        let each =
            plan.memoryEach.map { "each \(plan.coresEach) core\(plan.coresEach == 1 ? "" : "s") and \(Self.bytes($0))" }
            ?? "each \(plan.coresEach) core\(plan.coresEach == 1 ? "" : "s")"
        return [
            "\(wanted):",
            "  \(instances) instance\(instances == 1 ? "" : "s"), \(cores) core\(cores == 1 ? "" : "s")\(memory)  (\(each))",
        ]
    }

    private var basis: [String] {
        [
            "A request is \(Decimals.text(plan.coreSeconds)) core-seconds of work (\(plan.coreSecondsFrom.rawValue))"
                + " and \(Self.time(plan.overhead)) beside it; the work alone fills \(plan.fewestConceivable) instance\(plan.fewestConceivable == 1 ? "" : "s").",
            "Simulated with the service's own scheduler behind a least-connections balancer, arrivals by chance (Poisson).",
        ]
    }

    private var table: [String] {
        let longest = max(plan.points.map(\.p95).max() ?? 0, 1e-9)
        let header = ["instances", "busy", "answers/s", "mean", "P95", "P99", "away", "verdict"]
        let rows = plan.points.map { point in
            [
                "\(point.instances)\(point.instances == plan.instances ? " ◀" : "")",
                "\(Decimals.text(point.utilization * 100, places: 0)) %",
                Decimals.text(point.throughput), Self.time(point.mean), Self.time(point.p95), Self.time(point.p99),
                "\(Decimals.text(point.errorRate * 100, places: 1)) %", point.verdict.rawValue,
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            zip(cells, widths).map { cell, width in
                let isNumber = cell.first?.isNumber ?? false
                let pad = String(repeating: " ", count: width - cell.count)
                return isNumber ? (cell.hasSuffix("◀") ? cell + pad : pad + cell) : cell + pad
            }.joined(separator: "  ")
        }
        let bars = plan.points.map { Self.bar($0.p95 / longest) }
        return [line(header) + "  P95"] + zip(rows, bars).map { line($0) + "  " + $1 }
    }

    /// A bar of up to 24 cells, in eighths.
    static func bar(_ part: Double, cells: Int = 24) -> String {
        let eighths = Int((min(1, max(0, part)) * Double(cells * 8)).rounded())
        return String(repeating: "█", count: eighths / 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    }
}
