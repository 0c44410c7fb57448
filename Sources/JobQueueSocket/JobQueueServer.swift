package import JobQueue
import LocalCalls
package import Logging
import ServiceLifecycle

/// Offers a job store to the workers of a pool over a Unix socket; they reach it with ``PooledJobStore``. The store stays open when the
/// server ends.
package struct JobQueueServer: Service {
    private let store: any JobStore
    private let path: String
    private let logger: Logger
    private let onListening: @Sendable () -> Void

    /// Most bytes of a message: a photo and what belongs to it.
    static let messageLimit = 256 << 20
    /// The longest that one request waits for a job.
    static let longestWait = Duration.seconds(60)

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - path: the socket, at most `LocalPath.longest` bytes.
    ///   - onListening: called once workers can connect.
    package init(
        store: any JobStore, path: String, logger: Logger, onListening: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.path = path
        self.logger = logger
        self.onListening = onListening
    }

    /// Listens until a graceful shutdown or cancellation.
    ///
    /// - Throws: `LocalCallError.cannotListen`, when the socket cannot be used.
    package func run() async throws {
        let server = LocalServer(
            path: path, limit: Self.messageLimit, logger: logger, onListening: onListening, respond: respond)
        try await server.run()
    }

    @Sendable private func respond(to bytes: [UInt8]) async throws -> [UInt8] {
        let request = try JobStoreMessage.decode(JobStoreRequest.self, from: bytes)
        let response: JobStoreResponse
        do throws(JobStoreError) {
            response = try await self.response(to: request)
        } catch {
            response = .failure(error)
        }
        return try JobStoreMessage.encode(response)
    }

    private func response(to request: JobStoreRequest) async throws(JobStoreError) -> JobStoreResponse {
        switch request {
        case .add(let submission): return .admission(try await store.add(submission))
        case .claim(let worker, let timeout): return .claim(try await claim(by: worker, waitingUpTo: .seconds(max(0, timeout))))
        case .renewLease(let jobs, let worker): return .lostLeases(try await store.renewLease(jobs, by: worker))
        case .succeed(let claim, let result): return .finished(try await store.finish(claim, with: .success(result)))
        case .fail(let claim, let error): return .finished(try await store.finish(claim, with: .failure(error)))
        case .release(let claim):
            try await store.release(claim)
            return .released
        case .cancel(let id): return .status(try await store.cancel(id).map { [$0] } ?? [])
        case .status(let ids): return .status(Array(try await store.status(of: ids).values))
        case .result(let id): return .result(try await store.result(of: id))
        case .load: return .load(try await store.load())
        case .sweep: return .sweep(try await store.sweep())
        }
    }

    /// A job that was claimed for a worker that no longer waits is released: it would wait for the end of its lease otherwise.
    private func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim? {
        guard let claim = try await store.claim(by: worker, waitingUpTo: min(timeout, Self.longestWait)) else { return nil }
        if Task.isCancelled {
            try await store.release(claim)
            return nil
        }
        return claim
    }
}
