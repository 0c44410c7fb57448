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
