package import JobQueue
import Synchronization

/// Stands in for a handler whose model is still being loaded, so that the server can answer from its first moment.
package final class LoadingHandler: JobHandler {
    private let loaded = Mutex<(any JobHandler)?>(nil)

    /// Begins empty.
    package init() {}

    /// Hands all later work to `handler`.
    package func install(_ handler: any JobHandler) {
        loaded.withLock { $0 = handler }
    }

    /// The installed handler's styles; none before.
    package var styles: [StyleDescription] { loaded.withLock { $0 }?.styles ?? [] }

    /// Whether a handler is installed.
    package var isReady: Bool { loaded.withLock { $0 } != nil }

    /// What the installed handler says; `overloaded` before there is one.
    package func cost(of request: JobRequest) async throws(JobError) -> JobCost {
        try await installed().cost(of: request)
    }

    /// Runs the job on the installed handler; `overloaded` before there is one.
    package func run(
        _ request: JobRequest, isUrgent: Bool, progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> JobResult {
        try await installed().run(request, isUrgent: isUrgent, progress: progress)
    }

    private func installed() throws(JobError) -> any JobHandler {
        guard let handler = loaded.withLock({ $0 }) else {
            throw JobError(.overloaded, "The model is still being loaded. Please try again in a moment.", retryAfter: 2)
        }
        return handler
    }
}
