import NIOCore
import ServiceLifecycle
import Synchronization

/// Wakes the writer of an event stream, and says why. However often it is woken before it looks, it looks once.
final class StreamWaker: Sendable {
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

    /// Runs `body` with a waker that knows of the client of `channel`, of the time, and of the server's end.
    static func run(
        on channel: any Channel, heartbeat: Duration, _ body: (StreamWaker) async throws -> Void
    ) async throws {
        let waker = StreamWaker()
        let listening = Task {
            try? await channel.whileClientListens { try await Task.sleep(for: .seconds(1_000_000)) }
            waker.wake(.hungUp)
        }
        let beating = Task {
            while (try? await Task.sleep(for: heartbeat)) != nil { waker.wake(.heartbeat) }
        }
        defer {
            listening.cancel()
            beating.cancel()
        }
        try await withGracefulShutdownHandler {
            try await body(waker)
        } onGracefulShutdown: {
            waker.wake(.stopping)
        }
    }
}
