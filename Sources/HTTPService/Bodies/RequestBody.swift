import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import BlockingThreads
import Serving
import Synchronization

/// Reads request bodies into memory, within a limit for each and a budget for all of them together.
struct BodyReader: Sendable {
    let limit: Int
    let budget: ByteBudget
    let metrics: ServiceMetrics

    /// Reads the whole body and passes it to `use`. Its bytes count against the budget until `use` returns.
    /// - Throws: ``HTTPProblem`` if the body is too large, incomplete or exceeds the budget, and what `use` throws.
    func withBody<Result>(of request: Request, _ use: (ByteBuffer) async throws -> Result) async throws -> Result {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        // Rejected before a byte of it is read.
        if let declared, declared > limit { throw HTTPProblem.bodyTooLarge(limit: limit) }
        let start = ContinuousClock.now
        var reserved = 0
        defer { budget.release(reserved) }
        var body = ByteBuffer()
        for try await part in request.body {
            if body.readableBytes + part.readableBytes > limit { throw HTTPProblem.bodyTooLarge(limit: limit) }
            guard budget.reserve(part.readableBytes) else { throw HTTPProblem.memoryFull }
            reserved += part.readableBytes
            body.writeImmutableBuffer(part)
        }
        // A client that disconnects in the middle looks like the end of the body from here.
        if let declared, body.readableBytes < declared { throw HTTPProblem.bodyTruncated }
        metrics.stage(.receive, seconds: start.duration(to: .now) / .seconds(1))
        return try await use(body)
    }
}

/// Limits the bytes that all requests together hold in memory.
final class ByteBudget: Sendable {
    private let free: Mutex<Int>

    init(_ limit: Int) {
        free = Mutex(limit)
    }

    /// Reserves `count` bytes if they are available.
    func reserve(_ count: Int) -> Bool {
        free.withLock { free in
            guard count <= free else { return false }
            free -= count
            return true
        }
    }

    /// Returns bytes to the budget.
    func release(_ count: Int) {
        free.withLock { $0 += count }
    }
}

extension BlockingThreadPool {
    /// Runs `work`, which parses, hashes or encodes `byteCount` bytes. Megabytes go to a thread of the pool, because they would delay the
    /// other requests of the event loop. Below 64 KB the change of threads would cost more than the work.
    func run<Result: Sendable>(
        byteCount: Int, _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        byteCount < 64 << 10 ? try work() : try await run(work)
    }
}
