import HTTPTypes
import Hummingbird
import Serving

/// Lets requests in that may come in: with a key, where keys are asked for, and within the rate limit.
///
/// It stands outside of `ErrorMiddleware`, so that every answer of a limited route tells what is left, also a refusing one.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    let rules: AccessRules
    let requiresKey: Bool
    let limiter: RateLimiter?
    let observation: Observation

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
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

    private func refusal(_ credential: Credential, _ path: String) -> HTTPProblem? {
        guard requiresKey else { return nil }
        switch credential {
        case .none: return .keyMissing
        case .unknown: return .keyUnknown
        case .key(let key):
            let scope = rules.scope(of: path)
            return key.scopes.contains(scope) ? nil : .scopeMissing(scope)
        }
    }

    private func refuse(_ refusal: HTTPProblem, _ path: String, _ context: ServiceRequestContext) -> Response {
        observation.refused(refusal, route: context.route, requestID: context.requestID)
        return ProblemFormat(path: path).response(refusal, requestID: context.requestID)
    }
}

/// Which paths are open to everybody, which count against no limit, and what the others ask for.
struct AccessRules: Sendable {
    private let openPaths: Set<String>

    /// What probes and newcomers ask for.
    private static let information = [
        "/health/live", "/health/ready", "/v2", "/v2/health/live", "/v2/health/ready", "/openapi.json",
    ]

    /// The GETs that belong to work which has been admitted, by the names of their routes: how to ask, how it goes, what came of it.
    private static let followUps: Set<String> = {
        let jobs = ["/v1/jobs/{id}", "/v1/jobs/{id}/result", "/v1/jobs/{id}/events"]
        let gradio = [
            "/config", "/info", "/queue/data", "/heartbeat/{session}", "/call/predict/{event}", "/call/v2/predict/{event}",
            "/file={path}", "/file={path}/**", "/file/**",
        ]
        return Set(jobs + [GradioRoutes.prefix, ""].flatMap { prefix in gradio.map { prefix + $0 } })
    }()

    /// `pages`: the paths of the page's files. They, the health checks and the API's description need no key and count against no limit.
    init(pages: [String]) {
        openPaths = Set((pages + Self.information).map(RouteTable.normalized))
    }

    /// Whether a request needs no key and counts against no limit.
    func isOpen(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        Self.isReading(method) && openPaths.contains(RouteTable.normalized(path))
    }

    /// Whether a request, once its key is good, counts against no limit: the limit is for pictures, and must not stop a client
    /// between asking for one and fetching it. `route` is the route's name, such as `/v1/jobs/{id}`.
    func isFollowUp(_ method: HTTPRequest.Method, route: String) -> Bool {
        Self.isReading(method) && Self.followUps.contains(route)
    }

    /// What a key has to be good for.
    func scope(of path: String) -> KeyScope { .predict }

    private static func isReading(_ method: HTTPRequest.Method) -> Bool { method == .get || method == .head }
}

/// A rate limit in the words of draft-ietf-httpapi-ratelimit-headers: lists of structured fields (RFC 9651).
struct RateLimitFields {
    /// `"address";q=20;w=2`: so many requests in so many seconds.
    let policy: String
    /// `"address";r=19;t=1`: so many are left, and in so many seconds all are back.
    let state: String

    init(_ limit: RateLimit, _ answer: TokenBuckets.Answer, of client: ClientIdentity) {
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

/// The refusals of those who may not come in, or not yet.
extension HTTPProblem {
    static let keyMissing = HTTPProblem(
        .unauthorized, code: "key_missing",
        "This service needs an API key. Send it as Authorization: Bearer KEY, or as X-API-Key: KEY.",
        challenge: #"Bearer realm="sakuga""#)

    static let keyUnknown = HTTPProblem(
        .unauthorized, code: "key_unknown",
        "This API key is not known here. Check that it is complete, or ask whoever runs the service for a new one.",
        challenge: #"Bearer realm="sakuga", error="invalid_token""#)

    static func scopeMissing(_ scope: KeyScope) -> HTTPProblem {
        HTTPProblem(
            .forbidden, code: "scope_missing",
            """
            This API key is not meant for that: it lacks the scope '\(scope.rawValue)'. \
            Ask whoever runs the service for one that has it.
            """,
            challenge: #"Bearer realm="sakuga", error="insufficient_scope", scope="\#(scope.rawValue)""#)
    }

    /// Gradio's client takes 503 from its queue for "full, try again", and breaks at 429.
    static func tooManyRequests(retryAfter: Int, path: String) -> HTTPProblem {
        let joins = ["queue/join", "gradio_api/queue/join"].contains(RouteTable.normalized(path))
        let wait = max(1, retryAfter)
        return HTTPProblem(
            joins ? .serviceUnavailable : .tooManyRequests, code: "rate_limited",
            "You have sent more requests than are allowed. Please try again in \(wait) second\(wait == 1 ? "" : "s").",
            retryAfter: wait)
    }
}
