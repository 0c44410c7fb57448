import JobQueue
package import Serving
import Synchronization

/// Measures whether running jobs make progress: a worker whose engine hangs still answers its supervisor.
package final class ProgressMonitor: Sendable {
    private struct State {
        var running = 0
        var lastProgress = ContinuousClock.now
    }

    private let state = Mutex(State())

    package init() {}

    /// Seconds since a job started, ended or finished a layer; 0 while none runs.
    package var stalledSeconds: Double {
        state.withLock { $0.running == 0 ? 0 : $0.lastProgress.duration(to: .now) / .seconds(1) }
    }

    /// A handler that runs the jobs of `handler` and tells this monitor of their progress.
    package func monitoring(_ handler: any JobHandler) -> some JobHandler { MonitoredHandler(base: handler, monitor: self) }

    fileprivate func noteProgress(runningChange: Int = 0) {
        state.withLock { state in
            state.running += runningChange
            state.lastProgress = .now
        }
    }
}

private struct MonitoredHandler: JobHandler {
    let base: any JobHandler
    let monitor: ProgressMonitor

    var styles: [StyleDescription] { base.styles }
    var isReady: Bool { base.isReady }

    func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob {
        let job = try await base.prepare(request)
        return PreparedJob(cost: job.cost, encodedBytes: job.encodedBytes) { [monitor] (isUrgent, progress) throws(JobError) in
            monitor.noteProgress(runningChange: 1)
            defer { monitor.noteProgress(runningChange: -1) }
            return try await job.run(isUrgent: isUrgent) { step in
                monitor.noteProgress()
                progress(step)
            }
        }
    }
}
