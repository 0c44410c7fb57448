import NIOPosix

/// Work on megabytes that would hold up a thread shared by many requests runs on threads of its own.
enum Offload {
    /// Below this many bytes the way to another thread costs more than the work.
    private static let worthwhile = 64 << 10

    /// Does `work` on `bytes` bytes of input, here or on the pool for blocking work.
    static func run<Result: Sendable>(bytes: Int, _ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        if bytes < worthwhile { return try work() }
        return try await NIOThreadPool.singleton.runIfActive(work)
    }
}
