import HTTPTypes
import Hummingbird
import Synchronization
import WebPages

/// Builds the service's router: its middleware and all routes.
enum ServiceRouter {
    static func make(_ backend: Backend, pages: PageFiles, openAPI: OpenAPIDocument) -> RouteTable {
        let router = Router(context: ServiceRequestContext.self, options: .autoGenerateHeadEndpoints)
        // Middleware wraps the routes that are added after it, so the methods it needs are not known yet.
        let methods = KnownMethods()
        // Tracing first: the log line of `RequestIdentificationMiddleware` carries its IDs.
        router.add(middleware: ObservationMiddleware(observation: backend.observation))
        router.add(middleware: RequestIdentificationMiddleware(authenticator: ClientAuthenticator(backend.configuration)))
        router.add(middleware: SecurityHeadersMiddleware(isEncrypted: backend.configuration.tls != nil))
        router.add(middleware: CrossOriginMiddleware(policy: backend.configuration.crossOrigin))
        router.add(
            middleware: AccessMiddleware(
                rules: AccessRules(pages: pages.paths.map(\.path)), requiresKey: backend.configuration.keys != nil,
                limiter: backend.configuration.rateLimiter, observation: backend.observation))
        router.add(middleware: ErrorMiddleware(methods: { methods.table }, observation: backend.observation))
        var table = RouteTable(router: router)
        for path in PredictRoute.paths {
            table.add(.post, path) { try await PredictRoute.respond($0, $1, backend) }
        }
        GradioRoutes.add(to: &table, backend)
        table.add(.post, "/v1/stylize") { try await StylizeRoute.respond($0, $1, backend) }
        JobRoutes.add(to: &table, backend)
        table.add(.get, "/v1/styles") { _, _ in try InformationRoutes.styles(backend) }
        table.add(.get, "/health/live") { _, _ in try InformationRoutes.live() }
        table.add(.get, "/health/ready") { _, _ in try InformationRoutes.ready(backend) }
        if let text = backend.observation.text { table.add(.get, "/metrics") { _, _ in await MetricsRoute.respond(text) } }
        OpenInferenceRoutes.add(to: &table, backend)
        table.add(.get, "/openapi.json") { request, _ in openAPI.response(to: request) }
        for (path, file) in pages.paths {
            table.add(.get, path) { request, _ in
                guard let response = pages.response(file, to: request) else { throw HTTPProblem.unknownPath(request.uri.path) }
                return response
            }
        }
        methods.table = table.methods
        return table
    }
}

/// The methods of all paths, set once when all routes are known and read by requests after that.
private final class KnownMethods: Sendable {
    private let methods = Mutex<[String: [HTTPRequest.Method]]>([:])

    var table: [String: [HTTPRequest.Method]] {
        get { methods.withLock { $0 } }
        set { methods.withLock { $0 = newValue } }
    }
}

/// Adds routes to a router and keeps the methods of each path, to tell 405 from 404. A trailing slash makes no difference.
struct RouteTable {
    typealias Handler = @Sendable (Request, ServiceRequestContext) async throws -> Response

    let router: Router<ServiceRequestContext>
    private(set) var methods: [String: [HTTPRequest.Method]] = [:]

    init(router: Router<ServiceRequestContext>) {
        self.router = router
    }

    mutating func add(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
        router.on(RouterPath(path), method: method) { request, context in try await handler(request, context) }
        methods[Self.normalized(path), default: []] += method == .get ? [.get, .head] : [method]
    }

    /// The methods of a request's path; nil if there is no route.
    static func methods(of path: String, in methods: [String: [HTTPRequest.Method]]) -> [HTTPRequest.Method]? {
        if let exact = methods[normalized(path)] { return exact }
        let parts = path.split(separator: "/")
        return methods.first { route, _ in matches(parts, route.split(separator: "/")) }?.value
    }

    /// `{name}` matches a component or the rest of one, and `**` at a route's end matches one or more components.
    private static func matches(_ parts: [Substring], _ route: [Substring]) -> Bool {
        let isOpen = route.last == "**", fixed = isOpen ? route.dropLast() : route[...]
        guard isOpen ? parts.count >= route.count : parts.count == route.count else { return false }
        return zip(fixed, parts).allSatisfy { pattern, part in
            guard let brace = pattern.firstIndex(of: "{") else { return pattern == part }
            return part.hasPrefix(pattern[..<brace])
        }
    }

    /// The path without empty components, as the router compares it.
    static func normalized(_ path: String) -> String {
        path.split(separator: "/").joined(separator: "/")
    }
}
