import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why no connection came about, in a person's words instead of the network library's.
enum ConnectionFailure {
    /// A clause without a full stop, such as `example.org refused the connection`.
    static func inWords(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            inWords(error)
        case let error as IOError:
            inWords(error.errnoCode, peer: "the server")
        case is SocketAddressError.UnknownHost:
            "the server's name cannot be resolved"
        case ChannelError.connectTimeout:
            "the attempt timed out"
        default:
            String(describing: error).printable
        }
    }

    /// The host is named because it may be a proxy, which the address that is pulled does not show.
    private static func inWords(_ error: NIOConnectionError) -> String {
        let host = error.host.printable
        // A name may well have addresses of one family only, so a look-up's failure counts only where nothing was tried.
        guard let tried = error.connectionErrors.first else { return "the name \(host) cannot be resolved" }
        if let tried = tried.error as? IOError { return inWords(tried.errnoCode, peer: "\(host):\(error.port)") }
        return inWords(tried.error)
    }

    private static func inWords(_ code: CInt, peer: String) -> String {
        switch code {
        case ECONNREFUSED: "\(peer) refused the connection"
        case ETIMEDOUT: "the attempt to reach \(peer) timed out"
        case ENETUNREACH, ENETDOWN: "this machine has no way to the network of \(peer)"
        case EHOSTUNREACH: "there is no way to \(peer)"
        case ECONNRESET, EPIPE: "\(peer) broke it off"
        default: "\(peer): \(String(cString: strerror(code)))"
        }
    }
}
