import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import Synchronization
import WebPages

/// A response of server-sent events.
enum EventStream {
    /// A response whose events `body` writes, and which ends when `body` returns. `body` is not called for a HEAD request.
    /// - Throws: ``HTTPProblem`` if as many event streams are open as the limit allows.
    static func response(
        _ context: ServiceRequestContext, _ backend: Backend,
        _ body: @escaping @Sendable (inout any ResponseBodyWriter, StreamSignals) async throws -> Void
    ) throws(HTTPProblem) -> Response {
        guard let permit = backend.eventStreams.acquire() else { throw .tooManyEventStreams(limit: backend.eventStreams.limit) }
        let channel = context.channel
        let heartbeat = backend.gradio.configuration.heartbeat
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { writer in
                // Keeps the permit until the stream ends, however it ends.
                defer { withExtendedLifetime(permit) {} }
                try await StreamSignals.run(on: channel, heartbeat: heartbeat) { try await body(&writer, $0) }
                try await writer.finish(nil)
            })
    }
}

extension ResponseBodyWriter {
    /// A frame as Gradio's Python client requires it: exactly `data: {…}` and two line feeds.
    mutating func write(frame json: JSONValue) async throws {
        try await write(ByteBuffer(string: "data: \(json.text)\n\n"))
    }

    /// Several frames in one write.
    mutating func write(frames: [JSONValue]) async throws {
        try await write(ByteBuffer(string: frames.map { "data: \($0.text)\n\n" }.joined()))
    }

    /// A frame of the `call` routes.
    mutating func write(event: String, _ json: JSONValue) async throws {
        try await write(ByteBuffer(string: "event: \(event)\ndata: \(json.text)\n\n"))
    }
}

extension HTTPField.Name {
    /// Turns off buffering in nginx.
    fileprivate static let accelBuffering = Self("X-Accel-Buffering")!
}

/// Signals to the writer of an event stream. Signals that are sent before the writer looks are combined.
final class StreamSignals: Sendable {
    struct Signal: OptionSet, Sendable {
        let rawValue: Int
        /// There may be events to write.
        static let data = Signal(rawValue: 1)
        /// A heartbeat is due.
        static let heartbeat = Signal(rawValue: 2)
        /// The client has disconnected.
        static let disconnected = Signal(rawValue: 4)
        /// The server shuts down.
        static let shuttingDown = Signal(rawValue: 8)
    }

    private let pending = Mutex(Signal())
    private let wakeups = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    func send(_ signal: Signal) {
        pending.withLock { _ = $0.insert(signal) }
        wakeups.continuation.yield()
    }

    /// Waits for signals. For a cancelled task that is `.disconnected`. For one consumer.
    func next() async -> Signal {
        var iterator = wakeups.stream.makeAsyncIterator()
        guard await iterator.next() != nil else { return .disconnected }
        return pending.withLock { pending in
            defer { pending = [] }
            return pending
        }
    }

    /// Runs `body` with signals for the client's disconnect, for heartbeats, and for the server's shutdown.
    static func run(
        on channel: any Channel, heartbeat: Duration, _ body: (StreamSignals) async throws -> Void
    ) async throws {
        let signals = StreamSignals()
        let disconnect = Task {
            try? await channel.cancelWhenDisconnected { try await Task.sleep(for: .seconds(1_000_000)) }
            signals.send(.disconnected)
        }
        let heartbeats = Task {
            while (try? await Task.sleep(for: heartbeat)) != nil { signals.send(.heartbeat) }
        }
        defer {
            disconnect.cancel()
            heartbeats.cancel()
        }
        try await withGracefulShutdownHandler {
            try await body(signals)
        } onGracefulShutdown: {
            signals.send(.shuttingDown)
        }
    }
}
