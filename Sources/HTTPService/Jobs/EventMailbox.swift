import Serving
import Synchronization

/// What has to be told to one listener. Holds the newest report only: a listener that reads slowly skips what is out of date.
final class EventMailbox: Sendable {
    /// What has come in since the last look.
    struct News: Sendable {
        var report: JobReport?
        var isHeartbeatDue = false
        /// Nothing comes any more.
        var isOver = false
    }

    private let state = Mutex(News())
    private let bell = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// Yields whenever there is something to `take`. For one reader.
    var rings: AsyncStream<Void> { bell.stream }

    /// Takes what has come in.
    func take() -> News {
        state.withLock { state in
            defer { state = News(isOver: state.isOver) }
            return state
        }
    }

    func put(_ report: JobReport) {
        state.withLock { $0.report = report }
        bell.continuation.yield()
    }

    /// Asks for a sign of life.
    func beat() {
        state.withLock { $0.isHeartbeatDue = true }
        bell.continuation.yield()
    }

    func end() {
        state.withLock { $0.isOver = true }
        bell.continuation.yield()
    }
}
