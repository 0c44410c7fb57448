package import Foundation
package import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// The events that a console's page follows: what has been so far (`history`), then how everything stands at each interval (`state`).
package struct ConsoleStream: Sendable {
    private let streams: EventStreamLimit
    private let interval: Duration
    private let history: @Sendable () async throws -> Data
    private let state: @Sendable () async throws -> Data

    /// At most `limit` pages follow at once. `history` and `state` give JSON on one line.
    package init(
        limit: Int, interval: Duration, history: @escaping @Sendable () async throws -> Data,
        state: @escaping @Sendable () async throws -> Data
    ) {
        streams = EventStreamLimit(limit: limit)
        self.interval = interval
        self.history = history
        self.state = state
    }

    /// Pages that may follow at once.
    package var limit: Int { streams.limit }

    /// The reply that goes on and on; nil when as many pages follow as may.
    package func response() -> Response? {
        guard let permit = streams.take() else { return nil }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
            body: ResponseBody { writer in
                try await write(to: &writer)
                withExtendedLifetime(permit) {}
            })
    }

    /// Writes until the server shuts down, or writing fails because the client is gone: at the latest at the next interval.
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        try await writer.write(Self.event("history", try await history()))
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try await writer.write(Self.event("state", try await state()))
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: interval) }
        }
        try await writer.finish(nil)
    }

    private static func event(_ name: String, _ json: Data) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(json)
        buffer.writeString("\n\n")
        return buffer
    }
}

/// Bounds the event streams that are open at once.
package final class EventStreamLimit: Sendable {
    /// The right to one stream. Given back when nobody holds it any more, so that no way of ending a stream can forget to.
    package final class Permit: Sendable {
        private let streams: EventStreamLimit

        fileprivate init(_ streams: EventStreamLimit) { self.streams = streams }

        deinit { streams.taken.withLock { $0 -= 1 } }
    }

    /// Streams that may be open at once.
    package let limit: Int
    private let taken = Mutex(0)

    /// Seats that nobody has taken yet.
    package init(limit: Int) { self.limit = limit }

    /// A permit; nil when all are taken.
    package func take() -> Permit? {
        let isFree = taken.withLock { taken in
            guard taken < limit else { return false }
            taken += 1
            return true
        }
        return isFree ? Permit(self) : nil
    }
}
