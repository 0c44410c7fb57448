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

    func cost(of request: JobRequest) async throws(JobError) -> JobCost { try await base.cost(of: request) }

    func run(
        _ request: JobRequest, isUrgent: Bool, progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> JobResult {
        watch.note(change: 1)
        defer { watch.note(change: -1) }
        return try await base.run(request, isUrgent: isUrgent) { [watch] step in
            watch.note()
            progress(step)
        }
    }
}
