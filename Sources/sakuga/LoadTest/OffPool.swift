import Dispatch

/// Work that blocks (files, encoding), away from the threads that everything else shares.
enum OffPool {
    /// Does it on a thread of its own and returns what it returns.
    static func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result(catching: work)) }
        }
    }
}
