import HTTPTypes
import Serving

/// Which paths are open to everybody, and what the others ask for.
struct AccessRules: Sendable {
    private let openPaths: Set<String>

    /// What probes and newcomers ask for.
    private static let information = ["/health/live", "/health/ready", "/v2", "/v2/health/live", "/v2/health/ready", "/openapi.json"]

    /// `pages`: the paths of the page's files. They, the health checks and the API's description need no key and count against no limit.
    init(pages: [String]) {
        openPaths = Set((pages + Self.information).map(RouteTable.normalized))
    }

    /// Whether a request needs no key and counts against no limit.
    func isOpen(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        (method == .get || method == .head) && openPaths.contains(RouteTable.normalized(path))
    }

    /// What a key has to be good for.
    func scope(of path: String) -> KeyScope { .predict }
}
