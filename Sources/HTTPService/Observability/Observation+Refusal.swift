import HTTPTypes
import Serving

extension Observation {
    /// A request was refused: counted by its reason, and shown in the console if it is our own fault.
    func refused(_ refusal: Refusal, route: String, requestID: String) {
        if let rejection = Rejection(refusal) { metrics.rejected(route: route, reason: rejection) }
        if refusal.status.code >= 500 {
            errors.record(route: route, status: refusal.status.code, message: refusal.message, requestID: requestID)
        }
    }
}

extension Rejection {
    /// The reason for which a request was sent away before its work began; nil for other failures.
    init?(_ refusal: Refusal) {
        switch refusal.code {
        case "overloaded": self = .queueFull
        case "too_slow": self = .tooSlow
        case "deadline": self = .deadline
        case "rate_limited", "too_many_requests": self = .rateLimited
        case "draining": self = .draining
        case "starting": self = .starting
        case "body_too_large": self = .bodyTooLarge
        case "key_missing", "key_unknown": self = .unauthorized
        case "scope_missing": self = .forbidden
        case "store_unavailable": self = .storeUnavailable
        default: return nil
        }
    }
}
