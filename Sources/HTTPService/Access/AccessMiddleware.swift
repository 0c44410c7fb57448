import HTTPTypes
import Hummingbird
import Serving

/// Requires an API key, if the service has keys, and enforces the rate limit.
///
/// It wraps `ErrorMiddleware`, so that every response of a limited route has rate limit fields, errors included.
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
        let problem = problem(context.credential, path)
        // A request without a valid key is counted on every route, so that keys cannot be guessed without limit.
        let isUnlimited = problem == nil && rules.isFollowUp(request.method, route: context.route)
        let answer = isUnlimited ? nil : limiter?.take(context.identity)
        var response: Response
        if let answer, !answer.isAllowed {
            response = reject(.tooManyRequests(retryAfter: answer.retryAfter, path: path), path, context)
        } else if let problem {
            response = reject(problem, path, context)
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

    private func problem(_ credential: Credential, _ path: String) -> HTTPProblem? {
        guard requiresKey else { return nil }
        switch credential {
        case .none: return .keyMissing
        case .unknown: return .keyUnknown
        case .key(let key):
            let scope = rules.scope(of: path)
            return key.scopes.contains(scope) ? nil : .scopeMissing(scope)
        }
    }

    private func reject(_ problem: HTTPProblem, _ path: String, _ context: ServiceRequestContext) -> Response {
        observation.record(problem, route: context.route, requestID: context.requestID)
        return ProblemFormat(path: path).response(problem, requestID: context.requestID)
    }
}

/// Which requests need no key, which are not rate-limited, and which scope the others require.
struct AccessRules: Sendable {
    private let openPaths: Set<String>

    /// Paths of probes and discovery.
    private static let information = [
        "/health/live", "/health/ready", "/v2", "/v2/health/live", "/v2/health/ready", "/openapi.json",
    ]

    /// The routes whose GETs belong to work that has been accepted: its status and its results.
    private static let followUps: Set<String> = {
        let jobs = ["/v1/jobs/{id}", "/v1/jobs/{id}/result", "/v1/jobs/{id}/events"]
        let gradio = [
            "/config", "/info", "/queue/data", "/heartbeat/{session}", "/call/predict/{event}", "/call/v2/predict/{event}",
            "/file={path}", "/file={path}/**", "/file/**",
        ]
        return Set(jobs + [GradioRoutes.prefix, ""].flatMap { prefix in gradio.map { prefix + $0 } })
    }()

    /// `pages` are the paths of the page's files. They, the health checks and the API's description are open.
    init(pages: [String]) {
        openPaths = Set((pages + Self.information).map(RouteTable.normalized))
    }

    /// Whether a request needs no key and is not rate-limited.
    func isOpen(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        Self.isSafe(method) && openPaths.contains(RouteTable.normalized(path))
    }

    /// Whether a request with a valid key is not rate-limited. The limit is for pictures, and must not stop a client between requesting one
    /// and fetching it. `route` is the route's pattern, such as `/v1/jobs/{id}`.
    func isFollowUp(_ method: HTTPRequest.Method, route: String) -> Bool {
        Self.isSafe(method) && Self.followUps.contains(route)
    }

    /// The scope that a key must have for a path.
    func scope(of path: String) -> KeyScope { .predict }

    private static func isSafe(_ method: HTTPRequest.Method) -> Bool { method == .get || method == .head }
}

/// The fields of draft-ietf-httpapi-ratelimit-headers, as structured fields (RFC 9651).
struct RateLimitFields {
    /// `"address";q=20;w=2`: a quota of 20 requests in a window of 2 seconds.
    let policy: String
    /// `"address";r=19;t=1`: 19 requests remain, and the quota is full again in 1 second.
    let state: String

    init(_ limit: RateLimit, _ answer: TokenBuckets.Decision, of client: ClientIdentity) {
        // The policy is named after what requests are counted by.
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

/// Missing or insufficient keys, and exceeded rate limits.
extension HTTPProblem {
    static let keyMissing = HTTPProblem(
        .unauthorized, code: "key_missing",
        "This service requires an API key. Send it as Authorization: Bearer KEY, or as X-API-Key: KEY.",
        challenge: #"Bearer realm="sakuga""#)

    static let keyUnknown = HTTPProblem(
        .unauthorized, code: "key_unknown",
        "This API key is not valid. Check that it is complete, or ask the operator of the service for a new one.",
        challenge: #"Bearer realm="sakuga", error="invalid_token""#)

    static func scopeMissing(_ scope: KeyScope) -> HTTPProblem {
        HTTPProblem(
            .forbidden, code: "scope_missing",
            """
            This API key lacks the scope '\(scope.rawValue)'. Ask the operator of the service for a key that has it.
            """,
            challenge: #"Bearer realm="sakuga", error="insufficient_scope", scope="\#(scope.rawValue)""#)
    }

    /// From its queue, Gradio's client understands 503 as "full, try again", and fails at 429.
    static func tooManyRequests(retryAfter: Int, path: String) -> HTTPProblem {
        let joins = ["queue/join", "gradio_api/queue/join"].contains(RouteTable.normalized(path))
        let wait = max(1, retryAfter)
        return HTTPProblem(
            joins ? .serviceUnavailable : .tooManyRequests, code: "rate_limited",
            "You have sent more requests than the rate limit allows. Try again in \(wait) second\(wait == 1 ? "" : "s").",
            retryAfter: wait)
    }
}
