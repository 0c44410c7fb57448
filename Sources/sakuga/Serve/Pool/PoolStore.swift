import JobQueue
import JobQueueSocket
import Logging

/// The job store of a pool, opened by its supervisor unless the jobs are in Redis: a worker's death loses no job, and every worker can
/// answer for every job.
struct PoolStore {
    /// The store itself.
    let store: any JobStore
    /// The socket on which workers reach it.
    let path: String

    /// Opens what the options name; nil for Redis, to which workers connect themselves.
    init?(_ options: QueueOptions, folder: String) async throws {
        if case .redis = options.queue { return nil }
        store = try await options.store()
        path = "\(folder)/store"
    }

    /// Serves the workers.
    func server(_ logger: Logger) -> JobQueueServer { JobQueueServer(store: store, path: path, logger: logger) }
}
