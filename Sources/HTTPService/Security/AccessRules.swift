import HTTPTypes
import Serving

/// Which paths are open to everybody, and what the others ask for.
struct AccessRules: Sendable {
    private let openPaths: Set<String>

    /// `pages`: the paths of the page's files. They and the health checks need no key and count against no limit.
    init(pages: [String]) {
        openPaths = Set((pages + ["/health/live", "/health/ready"]).map(RouteTable.normalized))
    }

    /// Whether a request needs no key and counts against no limit.
    func isOpen(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        (method == .get || method == .head) && openPaths.contains(RouteTable.normalized(path))
    }

    /// What a key has to be good for.
    func scope(of path: String) -> KeyScope { .predict }
}
