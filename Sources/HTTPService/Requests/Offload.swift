import BlockingThreads

/// Parsing and hashing of bodies: on the blocking threads where they are large, so that no request holds up a thread that others share.
enum Offload {
    /// Below this many bytes the way to another thread costs more than the work.
    private static let worthwhile = 64 << 10

    /// Does `work` on `bytes` bytes of input, here or on ``BlockingThreadPool/shared``.
    static func run<Result: Sendable>(bytes: Int, _ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        if bytes < worthwhile { return try work() }
        return try await BlockingThreadPool.shared.run(work)
    }
}
