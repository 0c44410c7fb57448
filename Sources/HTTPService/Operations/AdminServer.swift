import Foundation
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
package import Serving
import WebPages

/// The operator's console, on an address and port of its own: a live page at `/console`, what it shows as JSON, and the
/// switches to drain the service and take it up again.
///
/// It stays up while the service drains, so that draining can be watched. At a graceful shutdown its streams end and it returns.
package struct AdminServer: Service {
    private let configuration: AdminConfiguration
    private let monitor: AdminMonitor
    private let access: ConsoleAccess
    private let pages: PageFiles
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a console that is not listening yet.
    ///
    /// `figures` is called once an interval and at each question; it must be quick. `metricsText` is what `/metrics` answers; without it
    /// that path is unknown. `onListening` gets the port once it listens.
    /// Throws `ConsoleError` for an address that others reach without a token, or when the page's files are missing.
    package init(
        configuration: AdminConfiguration, service: JobService, latency: RecentLatency, errors: RecentErrors,
        figures: @escaping @Sendable () -> ProcessReading, metricsText: (@Sendable () async -> String)? = nil,
        logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        access = try configuration.access
        pages = try PageFiles("ConsolePages", in: .module, sharing: .console)
        monitor = AdminMonitor(
            configuration: configuration, service: service, latency: latency, errors: errors, figures: figures,
            metricsText: metricsText)
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the surrounding service group shuts down gracefully, or the task is cancelled.
    package func run() async throws {
        try await application.run()
    }

    /// The application underneath, for tests that start it themselves.
    package var application: some ApplicationProtocol {
        ConsoleListener(
            host: configuration.host, port: configuration.port, connectionLimit: configuration.connectionLimit,
            onListening: onListening
        ).application(AdminRouter.make(monitor, access: access, pages: pages), beside: monitor, logger: logger)
    }
}

/// All paths of the console.
enum AdminRouter {
    static func make(_ monitor: AdminMonitor, access: ConsoleAccess, pages: PageFiles) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        let replies = AdminReplies(methods: ["admin/drain": .post, "admin/resume": .post])
        router.add(middleware: ConsoleAccessMiddleware(access: access) { replies.response(for: $0, $1, $2) })
        pages.addConsole(to: router)
        let encode: @Sendable (any Encodable) throws -> Data = { try JSONEncoder.forReplies.encode($0) }
        let events = ConsoleStream(
            limit: monitor.configuration.eventStreamLimit, interval: monitor.configuration.interval,
            history: { try encode(monitor.past) }, state: { try encode(monitor.state) })
        router.get("/admin/state") { _, _ in try json(monitor.state) }
        router.get("/admin/events") { _, _ in
            guard let response = events.response() else { throw HTTPProblem.tooManyConsoles(limit: events.limit) }
            return response
        }
        router.post("/admin/drain") { _, _ in
            monitor.service.drain()
            return try json(monitor.state)
        }
        router.post("/admin/resume") { _, _ in
            monitor.service.resume()
            return try json(monitor.state)
        }
        if let metricsText = monitor.metricsText {
            router.get("/metrics") { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: await metricsText())))
            }
        }
        return router
    }

    private static func json(_ value: some Encodable) throws -> Response {
        let body = try JSONEncoder.forReplies.encode(value)
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// What the console answers for what its access and its routes throw.
struct AdminReplies: Sendable {
    /// The paths of the routes that are not asked with GET, and the method that they do take.
    let methods: [String: HTTPRequest.Method]

    func response(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> Response {
        let refusal = refusal(for: error, request, context)
        var response = ProblemFormat.problem.response(refusal, requestID: context.id)
        if refusal.status == .unauthorized { response.headers[.wwwAuthenticate] = #"Bearer realm="sakuga console""# }
        return response
    }

    private func refusal(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> HTTPProblem {
        switch error {
        case let refusal as HTTPProblem: return refusal
        case let refusal as ConsoleAccessError: return HTTPProblem(refusal)
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

/// The refusals of the console.
extension HTTPProblem {
    /// What the console's access refuses.
    init(_ refusal: ConsoleAccessError) {
        let sentence =
            refusal == .tokenMissing
            ? "The console needs its token, or an API key with the scope admin. Send it as Authorization: Bearer TOKEN."
            : refusal.sentence
        self.init(refusal.status, code: refusal.code, sentence)
    }

    static func tooManyConsoles(limit: Int) -> HTTPProblem {
        HTTPProblem(
            .serviceUnavailable, code: "overloaded",
            "\(limit) consoles are open already. Close one, or read /admin/state from time to time.", retryAfter: 10)
    }

    static func unknownAdminPath(_ path: String) -> HTTPProblem {
        HTTPProblem(
            .notFound, code: "unknown_path",
            "There is nothing at \(path.prefix(100)). The page is /console; programs read /admin/state and /admin/events.")
    }
}
