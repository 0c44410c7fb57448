/// A pool at one moment, as `sakuga ctl status` shows it.
package struct PoolStatus: Sendable, Equatable, Codable {
    /// One worker.
    package struct Worker: Sendable, Equatable, Codable {
        /// Its place.
        package var slot: Int
        /// Its process; nil until that has begun.
        package var process: Int32?
        /// The number of its generation.
        package var generation: Int
        /// `starting`, `serving`, `draining` or `killed`.
        package var state: String
        /// Seconds in that state.
        package var seconds: Double
        /// Compute threads.
        package var threads: Int
        /// What it said last.
        package var connections: Int
        /// Jobs running.
        package var running: Int
        /// Jobs waiting in its lines.
        package var waiting: Int
        /// Seconds until a picture that came now would be done.
        package var predictedWait: Double
        /// Bytes of memory.
        package var residentBytes: Int
        /// Requests answered.
        package var answers: Int
    }

    /// The supervisor's process.
    package var supervisor: Int32
    /// Where the service listens.
    package var address: String
    /// How many workers there may be: `4` or `2..8`.
    package var count: String
    /// How many there should be now.
    package var target: Int
    /// How many serve.
    package var serving: Int
    /// What they are started from.
    package var generation: Generation
    /// What they were started from before; nil before the first update.
    package var previous: Generation?
    /// `none`, `under way`, `done` or `failed`.
    package var update: String
    /// Why the last update failed; nil when it did not.
    package var updateFailure: String?
    /// Deaths since the pool began.
    package var deaths: Int
    /// Whether the pool is ending.
    package var isStopping: Bool
    /// By place, a replacement after the one it replaces.
    package var workers: [Worker]
}

extension PoolController {
    /// The pool at this moment.
    package func status(supervisor: Int32, address: String, at now: Double) -> PoolStatus {
        let update: (state: String, failure: String?) =
            switch outcome {
            case .none: ("none", nil)
            case .underWay: ("under way", nil)
            case .done: ("done", nil)
            case .failed(let reason): (roll == nil ? "failed" : "rolling back", reason)
            }
        return PoolStatus(
            supervisor: supervisor, address: address, count: "\(settings.count)", target: target,
            serving: workers.values.count { $0.phase == .serving }, generation: current, previous: previous, update: update.state,
            updateFailure: update.failure, deaths: deaths, isStopping: isStopping,
            workers: workers.values.sorted { ($0.order.slot, $0.order.id) < ($1.order.slot, $1.order.id) }.map { worker in
                PoolStatus.Worker(worker, at: now)
            })
    }
}

extension PoolStatus.Worker {
    fileprivate init(_ worker: WorkerRecord, at now: Double) {
        let load = worker.load
        self.init(
            slot: worker.order.slot, process: worker.process, generation: worker.order.generation.number,
            state: worker.phase.word, seconds: max(0, now - worker.since), threads: worker.order.threads,
            connections: load.connections, running: load.running, waiting: load.waiting, predictedWait: load.predictedWait,
            residentBytes: load.residentBytes, answers: load.answers)
    }
}

extension WorkerRecord.Phase {
    fileprivate var word: String {
        switch self {
        case .starting: "starting"
        case .serving: "serving"
        case .draining: "draining"
        case .killed: "killed"
        }
    }
}
