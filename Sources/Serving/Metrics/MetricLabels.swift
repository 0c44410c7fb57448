package import JobQueue

/// Why a request was sent away before its work began.
package enum Rejection: String, Sendable, CaseIterable {
    /// As many jobs wait as may, or as many bytes.
    case queueFull = "queue_full"
    /// The wait would be longer than allowed, and queueing is off.
    case tooSlow = "too_slow"
    /// The request's own deadline can't be met.
    case deadline
    /// The client has sent more than its share.
    case rateLimited = "rate_limited"
    /// The service is about to stop.
    case draining
    /// The model is still being loaded.
    case starting
    /// The body has more bytes than allowed.
    case bodyTooLarge = "body_too_large"
    /// There is no key, or an unknown one.
    case unauthorized
    /// The key does not allow this.
    case forbidden
    /// As many connections are open as may.
    case tooManyConnections = "too_many_connections"
    /// The job store can't be reached.
    case storeUnavailable = "store_unavailable"
    /// The work would need more memory than there is.
    case outOfMemory = "out_of_memory"
}

/// The stages of a request, in their order.
package enum RequestStage: String, Sendable, CaseIterable {
    case receive
    case queue
    case decode
    case infer
    case encode
    case send
}

extension JobError.Kind {
    /// The kind as metrics name it: `unsupported_image`.
    package var metricLabel: String {
        var label = ""
        for character in rawValue {
            label += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
        return label
    }
}

/// HTTP methods as metrics name them; what clients make up is `OTHER`, lest each of their words become a metric.
enum MethodLabel {
    private static let known: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    static func of(_ method: String) -> String { known.contains(method) ? method : "OTHER" }
}
