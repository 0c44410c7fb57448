import HTTPTypes
import Hummingbird
import Logging
import NIOCore
package import Serving

/// Where the service records what it does: metrics, and what the console shows.
package struct Observation: Sendable {
    /// The counters and histograms.
    package var metrics: ServiceMetrics
    /// The requests of the last minutes.
    package var latency: RecentLatency
    /// The latest errors.
    package var errors: RecentErrors
    /// The text of `/metrics`; nil if there is none.
    package var text: (@Sendable () async -> String)?

    /// Creates an observation. By default nothing is exported.
    package init(
        metrics: ServiceMetrics = ServiceMetrics(), latency: RecentLatency = RecentLatency(),
        errors: RecentErrors = RecentErrors(),
        text: (@Sendable () async -> String)? = nil
    ) {
        self.metrics = metrics
        self.latency = latency
        self.errors = errors
        self.text = text
    }
}

extension Observation {
    /// Counts an error response by its reason. Errors of the server are shown in the console as well.
    func record(_ problem: HTTPProblem, route: String, requestID: String) {
        if let rejection = Rejection(problem) { metrics.rejected(route: route, reason: rejection) }
        if problem.status.code >= 500 {
            errors.record(route: route, status: problem.status.code, message: problem.message, requestID: requestID)
        }
    }
}

extension Rejection {
    /// The reason for which a request was rejected before its work began; nil for other errors.
    init?(_ problem: HTTPProblem) {
        switch problem.code {
        case "overloaded": self = .queueFull
        case "too_slow": self = .tooSlow
        case "deadline": self = .deadline
        case "rate_limited", "too_many_requests": self = .rateLimited
        case "draining": self = .draining
        case "starting": self = .starting
        case "body_too_large": self = .bodyTooLarge
        case "key_missing", "key_unknown": self = .unauthorized
        case "scope_missing": self = .forbidden
        case "store_unavailable": self = .storeUnavailable
        default: return nil
        }
    }
}

/// Counts and times every request, and assigns it a trace and a span (W3C Trace Context), whose IDs are in its log records and in the
/// response.
struct ObservationMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    let observation: Observation

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let trace = TraceContext.incoming(request.headers[.traceparent])
        context.logger[metadataKey: "trace_id"] = "\(trace.traceID)"
        context.logger[metadataKey: "span_id"] = "\(trace.spanID)"
        var response = try await next(request, context)
        response.headers[.traceparent] = trace.traceparent
        let route = context.route
        let seconds = context.arrival.duration(to: .now) / .seconds(1)
        observation.metrics.requestFinished(
            route: route, method: request.method.rawValue, status: response.status.code, seconds: seconds)
        // Only requests for pictures: pages, health checks and event streams would distort the latencies.
        if PictureRoutes.contains(route) {
            observation.latency.record(seconds: seconds, isError: response.status.code >= 500)
            if response.headers[.serverTiming] == nil { response.headers[.serverTiming] = ServerTiming.total(seconds) }
            response.body = timed(response.body)
        }
        return response
    }

    /// The body, with its writing timed as a stage of the request.
    private func timed(_ body: ResponseBody) -> ResponseBody {
        guard let length = body.contentLength else { return body }
        let metrics = observation.metrics
        return ResponseBody(contentLength: length) { writer in
            let start = ContinuousClock.now
            try await body.write(writer)
            metrics.stage(.send, seconds: start.duration(to: .now) / .seconds(1))
        }
    }
}

/// The routes that return a picture.
enum PictureRoutes {
    private static let routes: Set<String> = [
        "/api/predict", "/run/predict", "/gradio_api/run/predict", "/gradio_api/api/predict", "/v1/stylize",
        "/v2/models/{style}/infer", "/v2/models/{style}/versions/{version}/infer",
    ]

    static func contains(_ route: String) -> Bool { routes.contains(route) }
}

extension ServiceRequestContext {
    /// The route's pattern, never the path that a client sent; `other` if there is none.
    var route: String {
        guard let path = endpointPath, !path.isEmpty else { return "other" }
        return path == "/" ? path : "/" + path.split(separator: "/").joined(separator: "/")
    }
}

extension HTTPField.Name {
    fileprivate static let traceparent = Self("traceparent")!
}
