import LocalCalls

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listening socket that a supervisor keeps open while workers come and go: connections in its backlog outlive every worker.
package struct ListeningSocket: Sendable {
    /// The open socket.
    package let descriptor: CInt
    /// The port that it is bound to.
    package let port: Int

    /// Why the address can't be listened on; a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Wraps a socket that already listens.
    package init(descriptor: CInt) {
        self.descriptor = descriptor
        port = Self.port(of: descriptor)
    }

    /// Listens on a host name or address and a port; port 0 takes a free one.
    package init(host: String, port: Int, backlog: CInt = 1_024) throws(Failure) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        #if canImport(Darwin)
            hints.ai_socktype = SOCK_STREAM
        #else
            hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &found)
        guard code == 0, let first = found else {
            throw Failure(description: "--host \(host) cannot be resolved: \(String(cString: gai_strerror(code))).")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(first.pointee.ai_family, first.pointee.ai_socktype, first.pointee.ai_protocol)
        guard descriptor >= 0 else { throw Failure(description: "A socket cannot be opened: \(LocalPath.reason()).") }
        var yes: CInt = 1
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(descriptor, backlog) == 0 else {
            let failure = Self.failure(host, port, errno)
            close(descriptor)
            throw failure
        }
        self.init(descriptor: descriptor)
    }

    private static func failure(_ host: String, _ port: Int, _ code: CInt) -> Failure {
        let advice =
            switch code {
            case EADDRINUSE: "Another program listens there; stop it or choose another --port."
            case EACCES: "Ports below 1024 need privileges; choose another --port or let systemd open the socket."
            case EADDRNOTAVAIL: "This machine does not have this address; --host 0.0.0.0 listens on all."
            default: "Choose another --host or --port."
            }
        return Failure(description: "Cannot listen on \(host) port \(port): \(LocalPath.reason(code)). \(advice)")
    }

    /// Whether a descriptor is a stream socket that listens.
    package static func isListening(_ descriptor: CInt) -> Bool {
        var value: CInt = 0, length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }

    private static func port(of descriptor: CInt) -> Int {
        var storage = sockaddr_storage(), length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            guard let base = bytes.baseAddress,
                getsockname(descriptor, base.assumingMemoryBound(to: sockaddr.self), &length) == 0
            else { return 0 }
            let family = Int32(base.assumingMemoryBound(to: sockaddr.self).pointee.sa_family)
            guard family == AF_INET || family == AF_INET6 else { return 0 }
            // Both families have the port at the same offset.
            return Int(UInt16(bigEndian: base.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_port))
        }
    }
}

/// The listening socket that a service manager such as systemd has opened for this process (`LISTEN_FDS`, `LISTEN_PID`).
package enum SocketActivation {
    /// Why the sockets of the service manager can't be used; a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// The descriptor of the socket; nil when the service manager has passed none to `process`.
    /// - Throws: ``Failure`` for several sockets, or for one that is no listening stream socket.
    package static func socket(environment: [String: String], process: Int32) throws(Failure) -> CInt? {
        guard environment["LISTEN_PID"] == "\(process)", let count = environment["LISTEN_FDS"].flatMap({ Int($0) }), count > 0
        else { return nil }
        guard count == 1 else {
            throw Failure(description: "The service manager passed \(count) sockets; give the unit one ListenStream= only.")
        }
        guard ListeningSocket.isListening(3) else {
            throw Failure(description: "The socket of the service manager does not listen; use ListenStream= and Accept=no.")
        }
        return 3
    }
}
