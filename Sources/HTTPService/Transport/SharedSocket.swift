import NIOCore
import Synchronization

/// A listening socket that several worker processes accept connections from.
///
/// The system wakes every process that waits on the socket, and the first to call `accept` gets the connection. To spread connections, a
/// process with more open connections than the least busy one waits a few milliseconds before it accepts.
package final class SharedSocket: Sendable {
    /// The listening socket; closed by ``AcceptLoop`` when it stops.
    package let descriptor: CInt
    private let leastConnections = Atomic(Int.max)
    private let isAccepting: Atomic<Bool>
    private let responses = Atomic(0)
    let open = OpenConnections()

    /// A listening socket. Connections are accepted at once, or after ``startAccepting(leastConnections:)``.
    package init(descriptor: CInt, isAccepting: Bool = true) {
        self.descriptor = descriptor
        self.isAccepting = Atomic(isAccepting)
    }

    /// Starts to accept connections, or updates the number of connections of the least busy process.
    package func startAccepting(leastConnections: Int) {
        self.leastConnections.store(leastConnections, ordering: .relaxed)
        isAccepting.store(true, ordering: .releasing)
    }

    /// The number of open connections.
    package var connectionCount: Int { open.count }

    /// The number of responses so far.
    package var responseCount: Int { responses.load(ordering: .relaxed) }

    func countResponse() { responses.add(1, ordering: .relaxed) }

    /// Whether connections may be accepted.
    var acceptsConnections: Bool { isAccepting.load(ordering: .acquiring) }

    /// The milliseconds for which this process leaves the next connection to others.
    var acceptDelay: Int { Self.acceptDelay(open: open.count, least: leastConnections.load(ordering: .relaxed)) }

    /// A millisecond for each connection more than the least busy process has, as far as that is known, and 20 at most: enough for a
    /// waiting process to be first, and negligible beside the time of a picture.
    package static func acceptDelay(open: Int, least: Int) -> Int { min(20, max(0, open - min(least, open))) }
}

/// The open connections of this process.
final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    var count: Int { channels.withLock { $0.count } }

    /// Keeps a connection until it is closed.
    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        channels.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { _ = $0.removeValue(forKey: key) } }
    }

    /// Closes idle connections at once, and the others after their current response.
    func quiesce() {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }
}
