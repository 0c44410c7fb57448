import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Serving

/// Brings a request's body into memory, within limits that hold for the request and for all of them together.
struct BodyReader: Sendable {
    let limit: Int
    let budget: ByteBudget
    let metrics: ServiceMetrics

    /// Reads the whole body and lends it to `use`; its bytes count against the budget until that returns.
    func withBody<Result>(of request: Request, _ use: (ByteBuffer) async throws -> Result) async throws -> Result {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        // Said beforehand: refused before a byte of it is kept.
        if let declared, declared > limit { throw Refusal.bodyTooLarge(limit: limit) }
        let start = ContinuousClock.now
        var taken = 0
        defer { budget.giveBack(taken) }
        var body = ByteBuffer()
        for try await part in request.body {
            if body.readableBytes + part.readableBytes > limit { throw Refusal.bodyTooLarge(limit: limit) }
            guard budget.take(part.readableBytes) else { throw Refusal.memoryFull }
            taken += part.readableBytes
            body.writeImmutableBuffer(part)
        }
        // A client that goes away in the middle looks like the body's end from here.
        if let declared, body.readableBytes < declared { throw Refusal.bodyTruncated }
        metrics.stage(.receive, seconds: start.duration(to: .now) / .seconds(1))
        return try await use(body)
    }
}
