import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A proxy between a store and Redis that drops a reply on demand and breaks the connection: the command was executed, and the store
/// does not know it.
final class ReplyDroppingProxy: Sendable {
    let port: Int
    private let listener: Int32
    private let isArmed = Mutexed(false)

    /// Forwards the connections to `port` to the server's port.
    init(to server: Int) throws {
        let opened = try LocalSocket.listen()
        (listener, port) = (opened.socket, opened.port)
        let (listener, isArmed) = (listener, isArmed)
        Thread.detachNewThread {
            while case let client = accept(listener, nil, nil), client >= 0 {
                guard let upstream = LocalSocket.connected(to: server) else { continue }
                Thread.detachNewThread { Self.forward(between: client, and: upstream, isArmed) }
            }
        }
    }

    /// Drops the next reply.
    func dropNextReply() { isArmed.change { $0 = true } }

    /// Accepts no more connections.
    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func forward(between client: Int32, and server: Int32, _ isArmed: Mutexed<Bool>) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var ends = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        moving: while poll(&ends, 2, -1) >= 0 {
            for index in 0..<2 where ends[index].revents != 0 {
                let count = recv(ends[index].fd, &buffer, buffer.count, 0)
                if count <= 0 { break moving }
                if index == 1, isArmed.value {
                    isArmed.change { $0 = false }
                    break moving
                }
                if send(ends[1 - index].fd, buffer, count, 0) != count { break moving }
            }
        }
        for end in ends { _ = shutdown(end.fd, Int32(SHUT_RDWR)) }
        for end in ends { LocalSocket.close(end.fd) }
    }
}

/// TCP on the loopback interface.
enum LocalSocket {
    /// A socket that listens on a port, any free one unless said otherwise.
    static func listen(port: Int = 0) throws -> (socket: Int32, port: Int) {
        let socket = make()
        var address = address(port: port)
        guard call(&address, { bind(socket, $0, $1) }), listen(socket), call(&address, { getsockname(socket, $0, &$1) }) else {
            close(socket)
            throw UnexpectedAnswer("the port is not free")
        }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A connection; nil when nobody listens there.
    static func connected(to port: Int) -> Int32? {
        let socket = make()
        var address = address(port: port)
        if call(&address, { connect(socket, $0, $1) }) { return socket }
        close(socket)
        return nil
    }

    static func close(_ socket: Int32) {
        #if canImport(Darwin)
            _ = Darwin.close(socket)
        #else
            _ = Glibc.close(socket)
        #endif
    }

    private static func make() -> Int32 {
        #if canImport(Darwin)
            return socket(AF_INET, SOCK_STREAM, 0)
        #else
            // Not for the servers that tests start: a port must be free once its socket here is closed.
            return socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #endif
    }

    private static func listen(_ socket: Int32) -> Bool {
        #if canImport(Darwin)
            return Darwin.listen(socket, 16) == 0
        #else
            return Glibc.listen(socket, 16) == 0
        #endif
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return address
    }

    private static func call(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Int32
    ) -> Bool {
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) == 0 }
        }
    }
}
