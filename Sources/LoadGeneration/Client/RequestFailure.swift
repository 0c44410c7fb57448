import NIOCore
import NIOHTTP2
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a request failed: its stable cause, and a sentence about this occurrence.
package struct RequestFailure: Error, Equatable, Sendable {
    /// The stable name by which failures are grouped.
    package let cause: FailureCause
    /// What happened this time, as a sentence.
    package let detail: String

    init(_ cause: FailureCause, _ detail: String) {
        self.cause = cause
        self.detail = detail
    }

    static let closedWithoutResponse = RequestFailure(
        .closedWithoutResponse, "The server closed the connection before it sent a response.")
    static let closedInResponse = RequestFailure(
        .connectionClosed, "The server closed the connection in the middle of its response.")
    static let noHTTP2 = RequestFailure(.noHTTP2, "The server does not offer HTTP/2 over TLS. Use HTTP/1.1.")
    static let timedOut = RequestFailure(.timedOut, "The response was not complete within the request timeout.")
    static let connectTimedOut = RequestFailure(
        .connectTimedOut, "The connection was not established within the connect timeout.")
    static let jobTimedOut = RequestFailure(.jobTimedOut, "The queued job did not end within the time for following it.")
    static let noJobLink = RequestFailure(
        .noJobLink, "The 202 response names no job on this server: it has neither links.status nor Location.")
    static func responseTooLong(_ limit: Int) -> RequestFailure {
        RequestFailure(.responseTooLong, "The response is longer than the limit of \(limit) bytes.")
    }
    static func malformed(_ what: String) -> RequestFailure {
        RequestFailure(.malformedResponse, "The response is not HTTP: \(what).")
    }

    /// The failure for an error of a channel.
    package init(_ error: any Error) {
        switch error {
        case let failure as RequestFailure: self = failure
        case let error as IOError: self.init(errno: error.errnoCode)
        case ChannelError.connectTimeout: self = .connectTimedOut
        case is SocketAddressError: self.init(.hostNotFound, "The host name has no address. Check its spelling.")
        case let error as NIOConnectionError: self.init(connecting: error)
        case let error as NIOSSLError: self.init(tls: error)
        case is NIOSSLExtraError:
            self.init(
                .certificateRejected,
                "The certificate is for another host name. Use that name, or accept any certificate (--insecure).")
        case let error as BoringSSLError: self.init(.tls, "TLS failed: \(error).")
        case let error where "\(type(of: error))".hasPrefix("NIOHTTP2"):
            self.init(.malformedResponse, "The response is not HTTP/2: \(error).")
        default: self.init(.connectionClosed, "The connection ended: \(error).")
        }
    }

    private init(connecting error: NIOConnectionError) {
        // Of several addresses, the last one that was tried gives the reason.
        if let last = error.connectionErrors.last {
            self.init(last.error)
        } else {
            self.init(.hostNotFound, "The host name \(error.host) has no address. Check its spelling.")
        }
    }

    private init(errno code: CInt) {
        switch code {
        case ECONNREFUSED:
            self.init(.connectionRefused, "No server is listening there. Check that it is running and that the port is right.")
        case ECONNRESET, EPIPE: self.init(.connectionReset, "The server reset the connection.")
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN: self.init(.hostUnreachable, "There is no route to the address.")
        case EADDRNOTAVAIL:
            self.init(
                .noLocalPort,
                "This machine has no local port left for a new connection. Keep connections alive, or use more machines.")
        case EMFILE, ENFILE:
            self.init(.tooManyOpenFiles, "This process has reached its limit of open files. Raise it (ulimit -n).")
        case ETIMEDOUT: self.init(.connectTimedOut, "The server's machine does not respond.")
        default: self.init(.connectionClosed, "The connection ended: \(String(cString: strerror(code))).")
        }
    }

    private init(tls error: NIOSSLError) {
        switch error {
        case .handshakeFailed(let inner):
            let words = "\(inner)"
            if words.contains("CERTIFICATE_VERIFY_FAILED") {
                self.init(
                    .certificateRejected,
                    "The certificate is signed by an unknown authority, has expired, or is for another host name. "
                        + "Give the authority's certificate (--ca), or accept any certificate (--insecure).")
            } else if words.contains("NO_APPLICATION_PROTOCOL") {
                // Only HTTP/2 is required: a server without ALPN is taken to speak HTTP/1.1.
                self = .noHTTP2
            } else if words.contains("WRONG_VERSION_NUMBER") || words.contains("HTTP_REQUEST") {
                self.init(.tls, "The server does not speak TLS there. Use http:// instead of https://.")
            } else {
                self.init(.tls, "The TLS handshake failed: \(words).")
            }
        case .uncleanShutdown: self = .closedInResponse
        default: self.init(.tls, "TLS failed: \(error).")
        }
    }
}
