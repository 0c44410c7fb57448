import Supervision

/// A pool's state as a table for people.
enum PoolTable {
    static func text(_ status: PoolStatus) -> String {
        let elastic = status.count == "\(status.target)" ? "" : " (of \(status.count))"
        let style = status.generation.style.map { ", style \($0)" } ?? ""
        var head = [
            "\(status.address)  \(status.serving) of \(status.target) workers serve\(elastic)\(status.isStopping ? ", ending" : "")",
            "supervisor \(status.supervisor), generation \(status.generation.number): \(status.generation.binary)\(style)",
        ]
        if status.update != "none" {
            head.append("last update: \(status.update)" + (status.updateFailure.map { ", because \($0)" } ?? ""))
        }
        if status.deaths > 0 { head.append("deaths: \(status.deaths)") }
        let titles = [
            "worker", "process", "gen", "state", "for", "threads", "connections", "running", "waiting", "wait", "memory",
            "answers",
        ]
        let rows = [titles] + status.workers.map { row($0) }
        let widths = titles.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 3 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
        return (head + [""] + lines).joined(separator: "\n")
    }

    private static func row(_ worker: PoolStatus.Worker) -> [String] {
        [
            "\(worker.slot)", worker.process.map { "\($0)" } ?? "-", "\(worker.generation)", worker.state, time(worker.seconds),
            "\(worker.threads)", "\(worker.connections)", "\(worker.running)", "\(worker.waiting)",
            "\(Int((worker.predictedWait * 1000).rounded())) ms", "\(worker.residentBytes / 1_000_000) MB", "\(worker.answers)",
        ]
    }

    private static func time(_ seconds: Double) -> String {
        switch seconds {
        case ..<100: "\(Int(seconds)) s"
        case ..<6_000: "\(Int(seconds / 60)) min"
        default: "\(Int(seconds / 3_600)) h"
        }
    }
}
