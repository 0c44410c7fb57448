/// How virtual users speak to the target. All limits are bounds: nothing waits or grows without end.
package struct ConnectionSettings: Sendable {
    /// Which version of HTTP.
    package enum Version: String, Sendable, CaseIterable {
        /// HTTP/1.1, one request at a time on a connection.
        case http1 = "1.1"
        /// HTTP/2: over TLS by ALPN, without TLS by prior knowledge. Each user has a connection and one stream at a time.
        case http2 = "2"
    }

    /// Whose certificates are believed.
    package enum Trust: Sendable, Hashable {
        /// Those that the system believes.
        case system
        /// Those signed by a certificate of this PEM file.
        case file(String)
        /// Any, also expired or made out to another name.
        case anything
    }

    /// HTTP/1.1 unless told.
    package var version = Version.http1
    /// Whether a user keeps its connection from request to request; without it each request opens its own.
    package var keepAlive = true
    /// The system's unless told.
    package var trust = Trust.system
    /// How long a connection may take to be made, the TLS handshake included.
    package var connectTimeout = Duration.seconds(10)
    /// How long a request may take in all, its connection included. Looked at 20 times a second.
    package var requestTimeout = Duration.seconds(60)
    /// The longest answer that is taken; more is the failure `response too large`, and the connection is closed.
    package var maximumAnswerBytes = 32 << 20

    package init() {}
}
