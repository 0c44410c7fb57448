import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOPosix
import Serving
import Synchronization

/// Brings a request's body into memory, within limits that hold for the request and for all of them together.
struct BodyReader: Sendable {
    let limit: Int
    let budget: ByteBudget
    let metrics: ServiceMetrics

    /// Reads the whole body and lends it to `use`; its bytes count against the budget until that returns.
    func withBody<Result>(of request: Request, _ use: (ByteBuffer) async throws -> Result) async throws -> Result {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        // Said beforehand: refused before a byte of it is kept.
        if let declared, declared > limit { throw HTTPProblem.bodyTooLarge(limit: limit) }
        let start = ContinuousClock.now
        var taken = 0
        defer { budget.release(taken) }
        var body = ByteBuffer()
        for try await part in request.body {
            if body.readableBytes + part.readableBytes > limit { throw HTTPProblem.bodyTooLarge(limit: limit) }
            guard budget.take(part.readableBytes) else { throw HTTPProblem.memoryFull }
            taken += part.readableBytes
            body.writeImmutableBuffer(part)
        }
        // A client that goes away in the middle looks like the body's end from here.
        if let declared, body.readableBytes < declared { throw HTTPProblem.bodyTruncated }
        metrics.stage(.receive, seconds: start.duration(to: .now) / .seconds(1))
        return try await use(body)
    }
}

/// Bounds the bytes that all requests together hold in memory.
final class ByteBudget: Sendable {
    private let free: Mutex<Int>

    init(_ limit: Int) {
        free = Mutex(limit)
    }

    /// Takes `count` bytes if they are there.
    func take(_ count: Int) -> Bool {
        free.withLock { free in
            guard count <= free else { return false }
            free -= count
            return true
        }
    }

    /// Gives bytes back.
    func release(_ count: Int) {
        free.withLock { $0 += count }
    }
}

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
