import HTTPTypes
import Hummingbird
import Synchronization
import WebPages

/// All paths of the service.
enum ServiceRouter {
    static func make(_ backend: Backend, pages: PageFiles, openAPI: OpenAPIDocument) -> RouteTable {
        let router = Router(context: ServiceRequestContext.self, options: .autoGenerateHeadEndpoints)
        // Middleware wraps the routes that are added after it, so the table it needs is not complete yet.
        let methods = KnownMethods()
        // The trace first: the line that `RequestIdentificationMiddleware` logs carries its ids.
        router.add(middleware: ObservationMiddleware(observation: backend.observation))
        router.add(middleware: RequestIdentificationMiddleware(recognition: ClientAuthenticator(backend.configuration)))
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

/// Filled in once, when all routes are known; read by requests after that.
private final class KnownMethods: Sendable {
    private let methods = Mutex<[String: [HTTPRequest.Method]]>([:])

    var table: [String: [HTTPRequest.Method]] {
        get { methods.withLock { $0 } }
        set { methods.withLock { $0 = newValue } }
    }
}

/// Adds routes to a router and remembers which methods each path takes, so that a wrong one can be told from an
/// unknown path. A slash at a path's end makes no difference.
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

    /// The methods that a request's path takes; nil when nothing is there.
    static func methods(of path: String, in methods: [String: [HTTPRequest.Method]]) -> [HTTPRequest.Method]? {
        if let exact = methods[normalized(path)] { return exact }
        let parts = path.split(separator: "/")
        return methods.first { route, _ in matches(parts, route.split(separator: "/")) }?.value
    }

    /// `{name}` stands for any component or for the rest of one, and `**` at a route's end for one component or several.
    private static func matches(_ parts: [Substring], _ route: [Substring]) -> Bool {
        let isOpen = route.last == "**", fixed = isOpen ? route.dropLast() : route[...]
        guard isOpen ? parts.count >= route.count : parts.count == route.count else { return false }
        return zip(fixed, parts).allSatisfy { pattern, part in
            guard let brace = pattern.firstIndex(of: "{") else { return pattern == part }
            return part.hasPrefix(pattern[..<brace])
        }
    }

    /// Without empty components, as the router sees it.
    static func normalized(_ path: String) -> String {
        path.split(separator: "/").joined(separator: "/")
    }
}
