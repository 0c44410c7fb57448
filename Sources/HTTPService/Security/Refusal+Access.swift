import HTTPTypes
import Serving

/// The refusals of those who may not come in, or not yet.
extension Refusal {
    static let keyMissing = Refusal(
        .unauthorized, code: "key_missing",
        "This service needs an API key. Send it as Authorization: Bearer KEY, or as X-API-Key: KEY.",
        challenge: #"Bearer realm="sakuga""#)

    static let keyUnknown = Refusal(
        .unauthorized, code: "key_unknown",
        "This API key is not known here. Check that it is complete, or ask whoever runs the service for a new one.",
        challenge: #"Bearer realm="sakuga", error="invalid_token""#)

    static func scopeMissing(_ scope: KeyScope) -> Refusal {
        Refusal(
            .forbidden, code: "scope_missing",
            """
            This API key is not meant for that: it lacks the scope '\(scope.rawValue)'. \
            Ask whoever runs the service for one that has it.
            """,
            challenge: #"Bearer realm="sakuga", error="insufficient_scope", scope="\#(scope.rawValue)""#)
    }

    /// Gradio's client takes 503 from its queue for "full, try again", and breaks at 429.
    static func tooManyRequests(retryAfter: Int, path: String) -> Refusal {
        let joins = ["queue/join", "gradio_api/queue/join"].contains(RouteTable.normalized(path))
        let wait = max(1, retryAfter)
        return Refusal(
            joins ? .serviceUnavailable : .tooManyRequests, code: "rate_limited",
            "You have sent more requests than are allowed. Please try again in \(wait) second\(wait == 1 ? "" : "s").",
            retryAfter: wait)
    }
}
