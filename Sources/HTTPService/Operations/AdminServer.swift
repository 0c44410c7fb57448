import Foundation
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
package import Serving
import WebPages

/// The operator's console on an address and port of its own: a live page at `/console`, its data as JSON, and controls to drain and resume
/// the service.
///
/// It stays available while the service drains. At a graceful shutdown its event streams end and it returns.
package struct AdminServer: Service {
    private let configuration: AdminConfiguration
    private let monitor: AdminMonitor
    private let access: ConsoleAccess
    private let pages: PageFiles
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// A console that does not listen yet.
    ///
    /// - Parameters:
    ///   - readProcess: Measures the process. It is called at each interval and for each request of the state, and must be quick.
    ///   - metricsText: The text of `/metrics`; nil for no such path.
    ///   - onListening: Gets the port once the console listens.
    /// - Throws: ``ConsoleError`` if other machines could use the console without a token; ``PageError`` if the page's files are missing.
    package init(
        configuration: AdminConfiguration, service: JobService, latency: RecentLatency, errors: RecentErrors,
        readProcess: @escaping @Sendable () -> ProcessReading, metricsText: (@Sendable () async -> String)? = nil,
        logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        access = try configuration.access
        pages = try PageFiles("ConsolePages", in: .module, sharing: .console)
        monitor = AdminMonitor(
            configuration: configuration, service: service, latency: latency, errors: errors, readProcess: readProcess,
            metricsText: metricsText)
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the service group shuts down gracefully or the task is cancelled.
    package func run() async throws {
        try await application.run()
    }

    /// The underlying application, for tests that start it themselves.
    package var application: some ApplicationProtocol {
        ConsoleListener(
            host: configuration.host, port: configuration.port, connectionLimit: configuration.connectionLimit,
            onListening: onListening
        ).application(AdminRouter.make(monitor, access: access, pages: pages), beside: monitor, logger: logger)
    }
}

/// Builds the console's router.
enum AdminRouter {
    static func make(_ monitor: AdminMonitor, access: ConsoleAccess, pages: PageFiles) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        let errors = AdminErrors(methods: ["admin/drain": .post, "admin/resume": .post])
        router.add(middleware: ConsoleAccessMiddleware(access: access) { errors.response(for: $0, $1, $2) })
        pages.addConsole(to: router)
        let encode: @Sendable (any Encodable) throws -> Data = { try JSONEncoder.forReplies.encode($0) }
        let events = ConsoleStream(
            limit: monitor.configuration.eventStreamLimit, interval: monitor.configuration.interval,
            history: { try encode(monitor.recentHistory) }, state: { try encode(monitor.state) })
        router.get("/admin/state") { _, _ in try Response.json(monitor.state) }
        router.get("/admin/events") { _, _ in
            guard let response = events.response() else { throw HTTPProblem.tooManyConsoles(limit: events.limit) }
            return response
        }
        router.post("/admin/drain") { _, _ in
            monitor.service.drain()
            return try Response.json(monitor.state)
        }
        router.post("/admin/resume") { _, _ in
            monitor.service.resume()
            return try Response.json(monitor.state)
        }
        if let metricsText = monitor.metricsText {
            router.get("/metrics") { _, _ in await MetricsRoute.respond(metricsText) }
        }
        return router
    }
}

/// Makes the responses for errors of the console's access rules and routes.
struct AdminErrors: Sendable {
    /// The methods of the paths that do not support GET.
    let methods: [String: HTTPRequest.Method]

    func response(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> Response {
        let problem = problem(for: error, request, context)
        var response = ProblemFormat.problem.response(problem, requestID: context.id)
        if problem.status == .unauthorized { response.headers[.wwwAuthenticate] = #"Bearer realm="sakuga console""# }
        return response
    }

    private func problem(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> HTTPProblem {
        switch error {
        case let problem as HTTPProblem: return problem
        case let problem as ConsoleAccessError: return HTTPProblem(problem)
        case let error as HTTPError where error.status == .notFound || error.status == .methodNotAllowed:
            let path = request.uri.path
            guard let method = methods[RouteTable.normalized(path)] else { return .unknownAdminPath(path) }
            return .wrongMethod(request.method, path: path, allowed: [method])
        default:
            context.logger.error("a request to the console failed", metadata: ["error": "\(error)"])
            return .internalError
        }
    }
}

/// Problems of the console.
extension HTTPProblem {
    /// A request that the console's access rules deny.
    init(_ problem: ConsoleAccessError) {
        let message =
            problem == .tokenMissing
            ? "The console requires its token, or an API key with the scope admin. Send it as Authorization: Bearer TOKEN."
            : problem.message
        self.init(problem.status, code: problem.code, message)
    }

    static func tooManyConsoles(limit: Int) -> HTTPProblem {
        HTTPProblem(
            .serviceUnavailable, code: "overloaded",
            "The limit of \(limit) open consoles is reached. Close one, or poll /admin/state.", retryAfter: 10)
    }

    static func unknownAdminPath(_ path: String) -> HTTPProblem {
        HTTPProblem(
            .notFound, code: "unknown_path",
            "There is nothing at \(path.prefix(100)). The page is at /console; programs read /admin/state and /admin/events.")
    }
}
