import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `GET /admin/events`: the last five minutes (`history`), then the service's state at each interval (`state`).
struct AdminEvents: Sendable {
    let panel: AdminPanel
    let seats: EventSeats

    func respond() throws -> Response {
        guard let seat = seats.take() else { throw Refusal.tooManyConsoles(limit: seats.limit) }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
            body: ResponseBody { writer in
                try await write(to: &writer)
                withExtendedLifetime(seat) {}
            })
    }

    /// Writes until the server shuts down, or writing fails because the client is gone: at the latest at the next interval.
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        try await writer.write(try Self.event("history", panel.past))
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try await writer.write(try Self.event("state", panel.state))
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: panel.configuration.interval) }
        }
        try await writer.finish(nil)
    }

    private static func event(_ name: String, _ document: some Encodable) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(try JSONEncoder.forReplies.encode(document))
        buffer.writeString("\n\n")
        return buffer
    }
}
