import Foundation
import Hummingbird
import LoadTesting
import NIOCore
import ServiceLifecycle

/// `GET /loadtest/events`: the run's course so far (`history`), then how everything stands at each interval (`state`).
struct ConsoleEvents: Sendable {
    let desk: ConsoleDesk
    let seats: EventSeats
    let interval: Duration

    func respond() throws(ConsoleProblem) -> Response {
        guard let seat = seats.take() else { throw .tooMany }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
            body: ResponseBody { writer in
                try await write(to: &writer)
                withExtendedLifetime(seat) {}
            })
    }

    /// Writes until the server shuts down, or writing fails because the client is gone: at the latest at the next interval.
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        try await writer.write(try Self.event("history", await desk.course))
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try await writer.write(try Self.event("state", await desk.state()))
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: interval) }
        }
        try await writer.finish(nil)
    }

    private static func event(_ name: String, _ document: some Encodable) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(try ConsoleJSON.encode(document))
        buffer.writeString("\n\n")
        return buffer
    }
}

/// The console's JSON: the names and times of `summary.json`, on one line.
enum ConsoleJSON {
    static func encode(_ document: some Encodable) throws -> Data {
        let encoder = LoadTestSummary.encoder
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }

    static func response(_ document: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encode(document))))
    }
}
