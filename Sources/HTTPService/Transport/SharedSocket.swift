import NIOCore
import Synchronization

/// A listening socket that somebody else has opened, and from which other processes may take connections too.
///
/// The system wakes every process that waits for a connection, and the first to ask gets it. Left to chance one process would have
/// many and its neighbour none, so one with more open connections than the least busy waits a moment before it asks.
package final class SharedSocket: Sendable {
    /// The listening socket; closed by ``AcceptLoop`` when it stops.
    package let descriptor: CInt
    private let leastElsewhere = Atomic(Int.max)
    private let isAdmitted: Atomic<Bool>
    private let answers = Atomic(0)
    let open = OpenConnections()

    /// A listening socket. Connections are taken at once, or from `admit` on.
    package init(descriptor: CInt, isAdmitted: Bool = true) {
        self.descriptor = descriptor
        self.isAdmitted = Atomic(isAdmitted)
    }

    /// From now on connections are taken. `leastConnections`: how many the process has that has fewest.
    package func admit(leastConnections: Int) {
        leastElsewhere.store(leastConnections, ordering: .relaxed)
        isAdmitted.store(true, ordering: .releasing)
    }

    /// Connections that are open now.
    package var connectionCount: Int { open.count }

    /// Requests answered so far.
    package var answerCount: Int { answers.load(ordering: .relaxed) }

    func noteAnswer() { answers.add(1, ordering: .relaxed) }

    /// Whether connections may be taken.
    var acceptsConnections: Bool { isAdmitted.load(ordering: .acquiring) }

    /// Milliseconds to leave the next connection to others, by this process.
    var acceptDelay: Int { Self.acceptDelay(open: open.count, least: leastElsewhere.load(ordering: .relaxed)) }

    /// A millisecond for each connection more than the least busy has, as far as that is known: enough for a process that waits
    /// to get there first, and nobody notices it in a picture's time.
    package static func acceptDelay(open: Int, least: Int) -> Int { min(20, max(0, open - min(least, open))) }
}

/// The connections that a process has open, to count them and to end them.
final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    var count: Int { channels.withLock { $0.count } }

    /// Notes a connection until it is closed.
    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        channels.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { _ = $0.removeValue(forKey: key) } }
    }

    /// Closes those on which nothing is asked, at once, and the others after their answer.
    func quiesce() {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }
}
