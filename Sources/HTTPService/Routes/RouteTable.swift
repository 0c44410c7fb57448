import HTTPTypes
import Hummingbird

/// Adds routes to a router and remembers which methods each path takes, so that a wrong one can be told from an
/// unknown path. A slash at a path's end makes no difference.
struct RouteTable {
    typealias Handler = @Sendable (Request, CallContext) async throws -> Response

    let router: Router<CallContext>
    private(set) var methods: [String: [HTTPRequest.Method]] = [:]

    init(router: Router<CallContext>) {
        self.router = router
    }

    mutating func add(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
        router.on(RouterPath(path), method: method) { request, context in try await handler(request, context) }
        methods[Self.normalized(path), default: []] += method == .get ? [.get, .head] : [method]
    }

    /// Without empty components, as the router sees it.
    static func normalized(_ path: String) -> String {
        path.split(separator: "/").joined(separator: "/")
    }
}
