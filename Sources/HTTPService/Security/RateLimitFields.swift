import HTTPTypes
import Serving

/// A rate limit in the words of draft-ietf-httpapi-ratelimit-headers: lists of structured fields (RFC 9651).
struct RateLimitFields {
    /// `"address";q=20;w=2`: so many requests in so many seconds.
    let policy: String
    /// `"address";r=19;t=1`: so many are left, and in so many seconds all are back.
    let state: String

    init(_ limit: RateLimit, _ answer: TokenBuckets.Decision, of client: ClientIdentity) {
        // The policy is named after what is counted together.
        let name =
            switch client {
            case .key: "key"
            case .address, .local: "address"
            }
        policy = "\"\(name)\";q=\(limit.burst);w=\(max(1, limit.window))"
        state = "\"\(name)\";r=\(answer.remaining);t=\(answer.reset)"
    }
}

extension HTTPField.Name {
    static let rateLimit = Self("RateLimit")!
    static let rateLimitPolicy = Self("RateLimit-Policy")!
}
