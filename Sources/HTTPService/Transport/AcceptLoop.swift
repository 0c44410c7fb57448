import BlockingThreads
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Accepts connections from a shared socket on a thread of its own, because it may wait before it accepts, which an event loop must not.
final class AcceptLoop: Sendable {
    /// The accepted connections, as file descriptors. Finishes after `stop()`.
    let connections: AsyncStream<CInt>
    private let continuation: AsyncStream<CInt>.Continuation
    private let socket: SharedSocket
    private let limit: Int
    private let isStopped = Atomic(false)

    /// The longest wait of the loop in milliseconds, which is how long `stop()` may take.
    private static let pollTimeout: CInt = 50

    /// At most `limit` connections are open at once. Further ones wait in the system's backlog.
    init(_ socket: SharedSocket, limit: Int) {
        self.socket = socket
        self.limit = limit
        (connections, continuation) = AsyncStream.makeStream()
    }

    /// Starts the loop. After `stop()` it ends and closes the socket's descriptor.
    func start() {
        let flags = fcntl(socket.descriptor, F_GETFL)
        // Another process may have accepted the connection that this one was woken for.
        _ = fcntl(socket.descriptor, F_SETFL, flags | O_NONBLOCK)
        NamedThread.start("accept") { self.run() }
    }

    /// Stops accepting. Connections in the backlog are left to other processes.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func run() {
        while !isStopped.load(ordering: .relaxed) {
            guard socket.acceptsConnections, socket.connectionCount < limit else {
                poll(nil, 0, Self.pollTimeout)
                continue
            }
            guard hasPendingConnection() else { continue }
            let acceptDelay = socket.acceptDelay
            if acceptDelay > 0 { poll(nil, 0, CInt(acceptDelay)) }
            acceptConnection()
        }
        close(socket.descriptor)
        continuation.finish()
    }

    private func hasPendingConnection() -> Bool {
        var descriptor = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, Self.pollTimeout) > 0
    }

    private func acceptConnection() {
        let connection = accept(socket.descriptor, nil, nil)
        if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
        if connection >= 0 {
            // The stream has ended if the service was cancelled.
            if case .terminated = continuation.yield(connection) { close(connection) }
        } else if ![EAGAIN, EWOULDBLOCK, EINTR, ECONNABORTED].contains(errno) {
            // Out of descriptors or memory: retrying at once would spin.
            poll(nil, 0, Self.pollTimeout)
        }
    }
}
