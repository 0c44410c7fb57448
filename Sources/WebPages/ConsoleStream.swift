package import Foundation
package import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// The server-sent events of a console's page: `history` once, then `state` at each interval.
package struct ConsoleStream: Sendable {
    private let streams: EventStreamLimit
    private let interval: Duration
    private let history: @Sendable () async throws -> Data
    private let state: @Sendable () async throws -> Data

    /// At most `limit` streams are open at once. `history` and `state` return JSON on one line.
    package init(
        limit: Int, interval: Duration, history: @escaping @Sendable () async throws -> Data,
        state: @escaping @Sendable () async throws -> Data
    ) {
        streams = EventStreamLimit(limit: limit)
        self.interval = interval
        self.history = history
        self.state = state
    }

    /// The maximum number of open streams.
    package var limit: Int { streams.limit }

    /// A streaming response; nil if `limit` streams are open.
    package func response() -> Response? {
        guard let permit = streams.acquire() else { return nil }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
            body: ResponseBody { writer in
                try await write(to: &writer)
                withExtendedLifetime(permit) {}
            })
    }

    /// Writes until the server shuts down, or until a write fails because the client has disconnected (noticed at the next interval).
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

/// Limits the event streams that are open at once.
package final class EventStreamLimit: Sendable {
    /// The permission to keep one stream open. Released when it is deallocated, so no way of ending a stream can leak it.
    package final class Permit: Sendable {
        private let owner: EventStreamLimit

        fileprivate init(_ owner: EventStreamLimit) { self.owner = owner }

        deinit { owner.open.withLock { $0 -= 1 } }
    }

    /// The maximum number of open streams.
    package let limit: Int
    private let open = Mutex(0)

    /// A limit with no stream open.
    package init(limit: Int) { self.limit = limit }

    /// A permit; nil if `limit` streams are open.
    package func acquire() -> Permit? {
        let isFree = open.withLock { open in
            guard open < limit else { return false }
            open += 1
            return true
        }
        return isFree ? Permit(self) : nil
    }
}
