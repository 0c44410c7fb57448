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

/// Why a connection was of no use: the stable cause, and a sentence about this time.
package struct WireFault: Error, Equatable, Sendable {
    /// By its stable name.
    package let cause: FailureCause
    /// As a sentence.
    package let detail: String

    init(_ cause: FailureCause, _ detail: String) {
        self.cause = cause
        self.detail = detail
    }

    static let closedWithoutAnswer = WireFault(.closedWithoutAnswer, "The server closed the connection before it had answered.")
    static let closedInAnswer = WireFault(.connectionClosed, "The server closed the connection in the middle of its answer.")
    static let noHTTP2 = WireFault(.noHTTP2, "The server does not offer HTTP/2 over TLS. Load it with HTTP/1.1.")
    static let timedOut = WireFault(.timedOut, "The answer was not whole within the time for a request.")
    static let connectTimedOut = WireFault(.connectTimedOut, "The connection was not made within the time for it.")
    static func tooLong(_ limit: Int) -> WireFault {
        WireFault(.answerTooLong, "The answer is longer than the \(limit) bytes that are taken.")
    }
    static func malformed(_ what: String) -> WireFault { WireFault(.malformedAnswer, "This is no HTTP: \(what).") }

    /// What an error of a channel means.
    package init(_ error: any Error) {
        switch error {
        case let fault as WireFault: self = fault
        case let error as IOError: self.init(errno: error.errnoCode)
        case ChannelError.connectTimeout: self = .connectTimedOut
        case is SocketAddressError: self.init(.hostNotFound, "The name has no address. Look for a slip in it.")
        case let error as NIOConnectionError: self.init(connecting: error)
        case let error as NIOSSLError: self.init(tls: error)
        case is NIOSSLExtraError:
            self.init(
                .certificateRejected,
                "The certificate is made out to another name. Use that name, or accept any certificate (--insecure).")
        case let error as BoringSSLError: self.init(.tls, "TLS failed: \(error).")
        case let error where "\(type(of: error))".hasPrefix("NIOHTTP2"):
            self.init(.malformedAnswer, "This is no HTTP/2: \(error).")
        default: self.init(.connectionClosed, "The connection ended: \(error).")
        }
    }

    private init(connecting error: NIOConnectionError) {
        // Of several addresses the last one that was tried says why.
        if let last = error.connectionErrors.last {
            self.init(last.error)
        } else {
            self.init(.hostNotFound, "The name \(error.host) has no address. Look for a slip in it.")
        }
    }

    private init(errno code: CInt) {
        switch code {
        case ECONNREFUSED: self.init(.connectionRefused, "Nobody listens there. Is the server running, and is the port right?")
        case ECONNRESET, EPIPE: self.init(.connectionReset, "The server reset the connection.")
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN: self.init(.hostUnreachable, "No way leads to the address.")
        case EADDRNOTAVAIL:
            self.init(
                .noLocalPort, "This machine has no port left for a new connection. Keep connections, or load from more machines.")
        case EMFILE, ENFILE:
            self.init(.tooManyOpenFiles, "This process may open no more connections. Raise its limit (ulimit -n).")
        case ETIMEDOUT: self.init(.connectTimedOut, "The server's machine does not answer.")
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
                    "The certificate is signed by nobody who is believed here, has expired, or is made out to another name. "
                        + "Name the authority's file (--ca), or accept any certificate (--insecure).")
            } else if words.contains("NO_APPLICATION_PROTOCOL") {
                // Only HTTP/2 is insisted on: a server that has no other protocol's name takes HTTP/1.1.
                self = .noHTTP2
            } else if words.contains("WRONG_VERSION_NUMBER") || words.contains("HTTP_REQUEST") {
                self.init(.tls, "The server speaks no TLS there. Write http:// instead of https://?")
            } else {
                self.init(.tls, "The TLS handshake failed: \(words).")
            }
        case .uncleanShutdown: self = .closedInAnswer
        default: self.init(.tls, "TLS failed: \(error).")
        }
    }
}
