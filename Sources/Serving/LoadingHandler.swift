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

    /// Runs the job on the installed handler; `overloaded` before there is one.
    package func run(_ request: JobRequest) async throws(JobError) -> JobResult {
        guard let handler = loaded.withLock({ $0 }) else {
            throw JobError(.overloaded, "The model is still being loaded. Please try again in a moment.", retryAfter: 2)
        }
        return try await handler.run(request)
    }
}
