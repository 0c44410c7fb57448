import HTTPTypes
import Hummingbird
import Synchronization
import WebPages

/// All paths of the service.
enum ServiceRouter {
    static func make(_ backend: Backend, pages: PageFiles, openAPI: OpenAPIDocument) -> RouteTable {
        let router = Router(context: CallContext.self, options: .autoGenerateHeadEndpoints)
        // Middleware wraps the routes that are added after it, so the table it needs is not complete yet.
        let methods = KnownMethods()
        // The trace first: the line that `RequestIdentity` logs carries its ids.
        router.add(middleware: RequestObserver(observation: backend.observation))
        router.add(middleware: RequestIdentity(recognition: CallerRecognition(backend.configuration)))
        Guards.add(to: router, backend.configuration, pages: pages, observation: backend.observation)
        router.add(middleware: Refusals(methods: { methods.table }, observation: backend.observation))
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
                guard let response = pages.response(file, to: request) else { throw Refusal.unknownPath(request.uri.path) }
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
