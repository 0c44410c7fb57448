import JobQueue
import Serving
import Synchronization

/// Sees whether running jobs get on: a worker whose engine hangs still answers questions.
final class ProgressWatch: Sendable {
    private struct State {
        var running = 0
        var last = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// Seconds since a job began, ended or finished a layer; 0 while none runs.
    var stalledSeconds: Double {
        state.withLock { $0.running == 0 ? 0 : $0.last.duration(to: .now) / .seconds(1) }
    }

    fileprivate func note(change: Int = 0) {
        state.withLock { state in
            state.running += change
            state.last = .now
        }
    }
}

/// A handler whose jobs are watched.
struct WatchedHandler: JobHandler {
    let base: any JobHandler
    let watch: ProgressWatch

    var styles: [StyleDescription] { base.styles }
    var isReady: Bool { base.isReady }

    func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob {
        let job = try await base.prepare(request)
        return PreparedJob(cost: job.cost, encodedBytes: job.encodedBytes) { [watch] (isUrgent, progress) throws(JobError) in
            watch.note(change: 1)
            defer { watch.note(change: -1) }
            return try await job.run(isUrgent: isUrgent) { step in
                watch.note()
                progress(step)
            }
        }
    }
}
