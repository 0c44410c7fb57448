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

    /// The methods that a request's path takes; nil when nothing is there. `{name}` in a route stands for any component.
    static func methods(of path: String, in methods: [String: [HTTPRequest.Method]]) -> [HTTPRequest.Method]? {
        if let exact = methods[normalized(path)] { return exact }
        let parts = path.split(separator: "/")
        return methods.first { route, _ in
            let pattern = route.split(separator: "/")
            return pattern.count == parts.count && zip(pattern, parts).allSatisfy { $0 == $1 || $0.first == "{" }
        }?.value
    }

    /// Without empty components, as the router sees it.
    static func normalized(_ path: String) -> String {
        path.split(separator: "/").joined(separator: "/")
    }
}
