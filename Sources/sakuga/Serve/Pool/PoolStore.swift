import JobQueue
import Logging
import Supervision

/// The jobs of a pool, kept by its supervisor where no server of their own keeps them: a worker's death loses none, and every worker can
/// answer for every job.
struct PoolStore {
    /// The store itself.
    let store: any JobStore
    /// The socket on which workers reach it.
    let path: String

    /// Opens what the flags name; nil for Redis, which workers reach by themselves.
    init?(_ options: QueueOptions, folder: String) async throws {
        if case .redis = options.queue { return nil }
        store = try await options.store()
        path = "\(folder)/store"
    }

    /// The longest message: a photo with what belongs to it.
    static let limit = 256 << 20

    /// Answers the workers.
    func server(_ logger: Logger) -> LocalServer {
        let desk = JobQueueServer(store: store)
        return LocalServer(path: path, limit: Self.limit, logger: logger) { try await desk.answer($0) }
    }
}
