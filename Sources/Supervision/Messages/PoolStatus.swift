/// A pool at one moment, as `sakuga ctl status` shows it. With `--json` the properties are the keys.
package struct PoolStatus: Sendable, Equatable, Codable {
    /// One worker.
    package struct Worker: Sendable, Equatable, Codable {
        /// Its slot, 0 and up.
        package var slot: Int
        /// Its process; nil until that has started.
        package var process: Int32?
        /// The number of its generation.
        package var generation: Int
        /// `starting`, `serving`, `draining` or `killed`.
        package var state: String
        /// Seconds in that state.
        package var seconds: Double
        /// Compute threads.
        package var threads: Int
        /// Open connections, as of its last report.
        package var connections: Int
        /// Jobs that run.
        package var running: Int
        /// Jobs that wait in its own queues.
        package var waiting: Int
        /// Seconds until a picture that arrived now would be done.
        package var predictedWait: Double
        /// Resident memory in bytes.
        package var residentBytes: Int
        /// Requests answered since its start.
        package var answers: Int
    }

    /// The supervisor's process.
    package var supervisor: Int32
    /// The service's address.
    package var address: String
    /// The number of workers as configured: `4` or `2..8`.
    package var count: String
    /// The number of workers that there should be now.
    package var target: Int
    /// The number of workers that serve.
    package var serving: Int
    /// What workers are started from.
    package var generation: Generation
    /// What they were started from before the last update; nil before the first.
    package var previous: Generation?
    /// `none`, `under way`, `done`, `rolling back` or `failed`.
    package var update: String
    /// Why the last update failed; nil when it did not.
    package var updateFailure: String?
    /// Deaths since the pool started.
    package var deaths: Int
    /// Whether the pool is shutting down.
    package var isStopping: Bool
    /// By slot; a replacement follows the worker that it replaces.
    package var workers: [Worker]

    /// Whether an update or its rollback is under way.
    package var isUpdating: Bool { ["under way", "rolling back"].contains(update) }
}

// MARK: From the controller

extension PoolController {
    /// The pool at this moment.
    package func status(supervisor: Int32, address: String, at now: Double) -> PoolStatus {
        let (state, failure): (String, String?) =
            switch outcome {
            case .none: ("none", nil)
            case .underWay: ("under way", nil)
            case .done: ("done", nil)
            case .failed(let reason): (update == nil ? "failed" : "rolling back", reason)
            }
        let sorted = workers.values.sorted { ($0.slot, $0.specification.id) < ($1.slot, $1.specification.id) }
        return PoolStatus(
            supervisor: supervisor, address: address, count: "\(settings.count)", target: target,
            serving: workers.values.count { $0.phase == .serving }, generation: current, previous: previous, update: state,
            updateFailure: failure, deaths: deaths, isStopping: isStopping,
            workers: sorted.map { PoolStatus.Worker($0, at: now) })
    }
}

extension PoolStatus.Worker {
    fileprivate init(_ worker: WorkerRecord, at now: Double) {
        let load = worker.load
        let state =
            switch worker.phase {
            case .starting: "starting"
            case .serving: "serving"
            case .draining: "draining"
            case .killed: "killed"
            }
        self.init(
            slot: worker.slot, process: worker.process, generation: worker.generation.number, state: state,
            seconds: max(0, now - worker.since), threads: worker.specification.threads, connections: load.connections,
            running: load.running, waiting: load.waiting, predictedWait: load.predictedWait,
            residentBytes: load.residentBytes, answers: load.answers)
    }
}

// MARK: As a table

extension PoolStatus {
    /// The status as a table, for a terminal.
    package var table: String {
        let range = count == "\(target)" ? "" : " (of \(count))"
        let style = generation.style.map { ", style \($0)" } ?? ""
        var head = [
            "\(address)  \(serving) of \(target) workers serving\(range)\(isStopping ? ", shutting down" : "")",
            "supervisor \(supervisor), generation \(generation.number): \(generation.binary)\(style)",
        ]
        if update != "none" { head.append("last update: \(update)" + (updateFailure.map { ", because \($0)" } ?? "")) }
        if deaths > 0 { head.append("deaths: \(deaths)") }
        let titles = [
            "worker", "process", "gen", "state", "for", "threads", "connections", "running", "waiting", "wait", "memory",
            "answers",
        ]
        let rows = [titles] + workers.map(\.row)
        let widths = titles.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return titles[column] == "state" ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
        return (head + [""] + lines).joined(separator: "\n")
    }
}

extension PoolStatus.Worker {
    fileprivate var row: [String] {
        let age =
            switch seconds {
            case ..<100: "\(Int(seconds)) s"
            case ..<6_000: "\(Int(seconds / 60)) min"
            default: "\(Int(seconds / 3_600)) h"
            }
        return [
            "\(slot)", process.map { "\($0)" } ?? "-", "\(generation)", state, age, "\(threads)", "\(connections)",
            "\(running)", "\(waiting)", "\(Int((predictedWait * 1000).rounded())) ms", "\(residentBytes / 1_000_000) MB",
            "\(answers)",
        ]
    }
}
