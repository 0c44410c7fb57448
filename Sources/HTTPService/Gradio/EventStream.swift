import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import WebPages

/// An answer that is written bit by bit, as server-sent events.
enum EventStream {
    /// An answer whose events `tell` writes; it ends when that returns. Not called for a HEAD.
    /// Errors: `tooManyListeners`.
    static func response(
        _ context: CallContext, _ backend: Backend,
        _ tell: @escaping @Sendable (inout any ResponseBodyWriter, StreamWaker) async throws -> Void
    ) throws(Refusal) -> Response {
        guard let seat = backend.eventSeats.take() else { throw .tooManyListeners(limit: backend.eventSeats.limit) }
        let channel = context.channel
        let heartbeat = backend.gradio.configuration.heartbeat
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { writer in
                // The seat is given back when the stream has ended, whatever ends it.
                defer { withExtendedLifetime(seat) {} }
                try await StreamWaker.run(on: channel, heartbeat: heartbeat) { try await tell(&writer, $0) }
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
