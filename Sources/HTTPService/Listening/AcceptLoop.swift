import BlockingThreads
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Takes connections from a shared socket, on a thread of its own: between a connection's arrival and its taking there may be a wait,
/// and an event loop has none to give.
final class AcceptLoop: Sendable {
    /// The connections taken: open sockets. Ends after `stop()`.
    let connections: AsyncStream<CInt>
    private let continuation: AsyncStream<CInt>.Continuation
    private let socket: SharedSocket
    private let limit: Int
    private let isStopped = Atomic(false)

    /// How long the loop looks away at most: so long `stop()` may take.
    private static let glance: CInt = 50

    /// At most `limit` connections are open at once; later ones wait in the system's backlog.
    init(_ socket: SharedSocket, limit: Int) {
        self.socket = socket
        self.limit = limit
        (connections, continuation) = AsyncStream.makeStream()
    }

    /// Begins. The loop ends, and closes its descriptor of the socket, after `stop()`.
    func start() {
        let flags = fcntl(socket.descriptor, F_GETFL)
        // Another process may have taken the connection that this one was told of.
        _ = fcntl(socket.descriptor, F_SETFL, flags | O_NONBLOCK)
        NamedThread.start("accept") { self.run() }
    }

    /// Takes no connection any more; those that wait are left to others who listen on the socket.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func run() {
        while !isStopped.load(ordering: .relaxed) {
            guard socket.mayTake, socket.connectionCount < limit else {
                poll(nil, 0, Self.glance)
                continue
            }
            guard hasArrival() else { continue }
            let courtesy = socket.courtesy
            if courtesy > 0 { poll(nil, 0, CInt(courtesy)) }
            take()
        }
        close(socket.descriptor)
        continuation.finish()
    }

    private func hasArrival() -> Bool {
        var question = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&question, 1, Self.glance) > 0
    }

    private func take() {
        let connection = accept(socket.descriptor, nil, nil)
        if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
        if connection >= 0 {
            // Nobody listens any more when the service was cancelled.
            if case .terminated = continuation.yield(connection) { close(connection) }
        } else if ![EAGAIN, EWOULDBLOCK, EINTR, ECONNABORTED].contains(errno) {
            // Out of descriptors or memory: asking again at once would only heat the room.
            poll(nil, 0, Self.glance)
        }
    }
}
