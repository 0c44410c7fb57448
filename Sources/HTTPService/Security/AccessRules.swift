import HTTPTypes
import Serving

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
