/// How a request ended.
package enum RequestOutcome: Sendable, Equatable {
    /// The answer came and every check held.
    case succeeded
    /// The service took the work and will do it later (202 and the like): neither an answer nor an error.
    case queued
    /// Anything else.
    case failed(FailureCause)
}

/// Why a request failed: a short text that is the same for all failures of its kind, so that they can be counted together.
package struct FailureCause: Sendable, Hashable, Codable {
    /// As people read it: `status 503`, `connection refused`, `check "data is empty"`.
    package var name: String

    /// Makes a cause. `name` must not hold what differs from request to request (times, ids, sizes).
    package init(_ name: String) {
        self.name = name
    }

    /// The server answered with another status than expected.
    package static func status(_ code: Int) -> FailureCause { FailureCause("status \(code)") }
    /// A check of the answer did not hold; `what` is the check's own short text.
    package static func check(_ what: String) -> FailureCause { FailureCause("check \"\(what)\"") }
    /// Nobody listens at the address.
    package static let connectionRefused = FailureCause("connection refused")
    /// The server ended the connection before the answer was whole.
    package static let connectionClosed = FailureCause("connection closed")
    /// The connection was reset.
    package static let connectionReset = FailureCause("connection reset")
    /// The connection was not made in time.
    package static let connectTimedOut = FailureCause("connect timed out")
    /// The answer was not whole in time.
    package static let timedOut = FailureCause("timed out")
    /// TLS could not be agreed on, or the certificate was not accepted.
    package static let tls = FailureCause("TLS failed")
    /// What came is not HTTP.
    package static let malformedAnswer = FailureCause("malformed answer")
    /// The answer is longer than the client accepts.
    package static let answerTooLong = FailureCause("answer too long")
    /// The causes beyond those that a `FailureTable` tells apart.
    package static let others = FailureCause("other failures")

    /// A cause from its name.
    package init(from decoder: any Decoder) throws {
        name = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
