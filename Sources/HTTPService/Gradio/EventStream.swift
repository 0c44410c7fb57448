import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import Synchronization
import WebPages

/// An answer that is written bit by bit, as server-sent events.
enum EventStream {
    /// An answer whose events `tell` writes; it ends when that returns. Not called for a HEAD.
    /// Errors: `tooManyEventStreams`.
    static func response(
        _ context: ServiceRequestContext, _ backend: Backend,
        _ tell: @escaping @Sendable (inout any ResponseBodyWriter, StreamSignals) async throws -> Void
    ) throws(HTTPProblem) -> Response {
        guard let permit = backend.eventStreams.take() else { throw .tooManyEventStreams(limit: backend.eventStreams.limit) }
        let channel = context.channel
        let heartbeat = backend.gradio.configuration.heartbeat
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { writer in
                // The permit is given back when the stream has ended, whatever ends it.
                defer { withExtendedLifetime(permit) {} }
                try await StreamSignals.run(on: channel, heartbeat: heartbeat) { try await tell(&writer, $0) }
                try await writer.finish(nil)
            })
    }
}

extension ResponseBodyWriter {
    /// A frame as Gradio's Python client wants it: exactly `data: {…}`, two line feeds, and nothing else.
    mutating func write(frame json: JSONValue) async throws {
        try await write(ByteBuffer(string: "data: \(json.text)\n\n"))
    }

    /// Several of them, in one piece.
    mutating func write(frames: [JSONValue]) async throws {
        try await write(ByteBuffer(string: frames.map { "data: \($0.text)\n\n" }.joined()))
    }

    /// A frame as the `call` routes have it.
    mutating func write(event: String, _ json: JSONValue) async throws {
        try await write(ByteBuffer(string: "event: \(event)\ndata: \(json.text)\n\n"))
    }
}

extension HTTPField.Name {
    /// Tells nginx to pass the events on as they come.
    fileprivate static let accelBuffering = Self("X-Accel-Buffering")!
}

/// Wakes the writer of an event stream, and says why. However often it is woken before it looks, it looks once.
final class StreamSignals: Sendable {
    struct Reasons: OptionSet, Sendable {
        let rawValue: Int
        /// There may be something to tell.
        static let news = Reasons(rawValue: 1)
        /// It is time for a sign of life.
        static let heartbeat = Reasons(rawValue: 2)
        /// The client is gone.
        static let hungUp = Reasons(rawValue: 4)
        /// The server stops.
        static let stopping = Reasons(rawValue: 8)
    }

    private let reasons = Mutex(Reasons())
    private let bell = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    func wake(_ reason: Reasons) {
        reasons.withLock { _ = $0.insert(reason) }
        bell.continuation.yield()
    }

    /// Waits for a reason. A cancelled task is told that the client is gone. For one reader.
    func next() async -> Reasons {
        var rings = bell.stream.makeAsyncIterator()
        guard await rings.next() != nil else { return .hungUp }
        return reasons.withLock { reasons in
            defer { reasons = [] }
            return reasons
        }
    }

    /// Runs `body` with a signals that knows of the client of `channel`, of the time, and of the server's end.
    static func run(
        on channel: any Channel, heartbeat: Duration, _ body: (StreamSignals) async throws -> Void
    ) async throws {
        let signals = StreamSignals()
        let listening = Task {
            try? await channel.cancelWhenDisconnected { try await Task.sleep(for: .seconds(1_000_000)) }
            signals.wake(.hungUp)
        }
        let beating = Task {
            while (try? await Task.sleep(for: heartbeat)) != nil { signals.wake(.heartbeat) }
        }
        defer {
            listening.cancel()
            beating.cancel()
        }
        try await withGracefulShutdownHandler {
            try await body(signals)
        } onGracefulShutdown: {
            signals.wake(.stopping)
        }
    }
}
