/// How a request ended.
package enum RequestOutcome: Sendable, Equatable {
    /// The response came and every check passed.
    case succeeded
    /// The service queued the work (202): neither a success nor a failure.
    case queued
    /// Anything else.
    case failed(FailureCause)
}

/// Why a request failed: a short text that is the same for all failures of its kind, by which they are counted.
package struct FailureCause: Sendable, Hashable, Codable {
    /// The text, such as `status 503`, `connection refused`, `check "data is empty"`.
    package var name: String

    /// A cause. `name` must not contain what differs from request to request (times, ids, sizes).
    package init(_ name: String) {
        self.name = name
    }

    /// A cause from its name.
    package init(from decoder: any Decoder) throws {
        name = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

// MARK: - The causes. Their names are part of the report's format.

extension FailureCause {
    /// The server answered with another status than expected.
    package static func status(_ code: Int) -> FailureCause { FailureCause("status \(code)") }
    /// A check of the response failed; `what` is the check's own short text.
    package static func check(_ what: String) -> FailureCause { FailureCause("check \"\(what)\"") }
    /// A check needs JSON, and the response is not.
    package static let notJSON = FailureCause.check("not JSON")
    /// The picture cannot be decoded.
    package static let pictureDamaged = FailureCause.check("picture damaged")
    /// The picture has another size than expected.
    package static let pictureSize = FailureCause.check("wrong picture size")

    /// The host name has no address.
    package static let hostNotFound = FailureCause("host not found")
    /// There is no route to the address.
    package static let hostUnreachable = FailureCause("host unreachable")
    /// No server listens at the address.
    package static let connectionRefused = FailureCause("connection refused")
    /// The connection was not established in time.
    package static let connectTimedOut = FailureCause("connect timed out")
    /// This machine has no local port left for a new connection.
    package static let noLocalPort = FailureCause("no local port left")
    /// This process has reached its limit of open files.
    package static let tooManyOpenFiles = FailureCause("too many open files")
    /// The TLS handshake failed.
    package static let tls = FailureCause("TLS failed")
    /// The server's certificate is not trusted.
    package static let certificateRejected = FailureCause("certificate not trusted")
    /// The server does not speak HTTP/2.
    package static let noHTTP2 = FailureCause("HTTP/2 not spoken")

    /// The server closed the connection before the response was complete.
    package static let connectionClosed = FailureCause("connection closed")
    /// The server closed the connection before it sent anything.
    package static let closedWithoutResponse = FailureCause("closed without an answer")
    /// The connection was reset.
    package static let connectionReset = FailureCause("connection reset")
    /// The server reset the stream of this request (HTTP/2).
    package static let streamReset = FailureCause("stream reset")
    /// The response was not complete in time.
    package static let timedOut = FailureCause("timed out")
    /// What came is not HTTP.
    package static let malformedResponse = FailureCause("malformed answer")
    /// The response is longer than the limit.
    package static let responseTooLong = FailureCause("answer too long")

    /// A queued job did not end in time.
    package static let jobTimedOut = FailureCause("not done in time")
    /// A queued job ended without a result.
    package static let jobFailed = FailureCause("job failed")
    /// A 202 does not name a job to follow.
    package static let noJobLink = FailureCause("no link to follow")
    /// The causes beyond those that a `FailureTable` distinguishes.
    package static let others = FailureCause("other failures")
}
