import HTTPTypes
import Hummingbird
import Serving

/// Lets requests in that may come in: with a key, where keys are asked for, and within the rate limit.
///
/// It stands outside of `Refusals`, so that every answer of a limited route tells what is left, also a refusing one.
struct AccessGate: RouterMiddleware {
    typealias Context = CallContext

    let rules: AccessRules
    let asksForKey: Bool
    let limiter: RateLimiter?
    let observation: Observation

    func handle(
        _ request: Request, context: CallContext,
        next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        if rules.isOpen(request.method, path) { return try await next(request, context) }
        let refusal = refusal(context.credential, path)
        // What can't be let in anyhow is counted on every route: guessing keys is not free.
        let isFree = refusal == nil && rules.isFollowUp(request.method, route: context.route)
        let answer = isFree ? nil : limiter?.take(context.identity)
        var response: Response
        if let answer, !answer.isAllowed {
            response = refuse(.tooManyRequests(retryAfter: answer.retryAfter, path: path), path, context)
        } else if let refusal {
            response = refuse(refusal, path, context)
        } else {
            response = try await next(request, context)
        }
        if let answer, let limiter {
            let fields = RateLimitFields(limiter.limit, answer, of: context.identity)
            response.headers[.rateLimitPolicy] = fields.policy
            response.headers[.rateLimit] = fields.state
        }
        return response
    }

    private func refusal(_ credential: Credential, _ path: String) -> Refusal? {
        guard asksForKey else { return nil }
        switch credential {
        case .none: return .keyMissing
        case .unknown: return .keyUnknown
        case .key(let key):
            let scope = rules.scope(of: path)
            return key.scopes.contains(scope) ? nil : .scopeMissing(scope)
        }
    }

    private func refuse(_ refusal: Refusal, _ path: String, _ context: CallContext) -> Response {
        observation.refused(refusal, route: context.route, requestID: context.requestID)
        return RefusalForm(path: path).response(refusal, requestID: context.requestID)
    }
}
