import HTTPTypes
import Hummingbird
import Logging
import NIOCore
package import Serving

/// Where the service's figures go: the metrics, and what the console shows.
package struct Observation: Sendable {
    /// Counters and histograms.
    package var metrics: ServiceMetrics
    /// Requests of the last minutes.
    package var latency: RecentLatency
    /// The last errors.
    package var errors: RecentErrors
    /// The metrics as text, for `/metrics`; nil where there is nothing to show.
    package var text: (@Sendable () async -> String)?

    /// Makes an observation; by default nothing leaves it.
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
    /// A request was refused: counted by its reason, and shown in the console if it is our own fault.
    func refused(_ refusal: HTTPProblem, route: String, requestID: String) {
        if let rejection = Rejection(refusal) { metrics.rejected(route: route, reason: rejection) }
        if refusal.status.code >= 500 {
            errors.record(route: route, status: refusal.status.code, message: refusal.message, requestID: requestID)
        }
    }
}

extension Rejection {
    /// The reason for which a request was sent away before its work began; nil for other failures.
    init?(_ refusal: HTTPProblem) {
        switch refusal.code {
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

/// Counts and times every request, and gives it its place in a trace (W3C Trace Context): the ids stand on each of its log lines,
/// and the reply carries them on.
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
        // Pages, health and streams of events are no work: they would make the figures of the pictures look better or worse.
        if PictureRoutes.contains(route) {
            observation.latency.record(seconds: seconds, isError: response.status.code >= 500)
            if response.headers[.serverTiming] == nil { response.headers[.serverTiming] = ServerTiming.total(seconds) }
            response.body = timed(response.body)
        }
        return response
    }

    /// The body, whose sending is a stage of the request.
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

/// The routes whose requests ask for a picture and wait for it.
enum PictureRoutes {
    private static let routes: Set<String> = [
        "/api/predict", "/run/predict", "/gradio_api/run/predict", "/gradio_api/api/predict", "/v1/stylize",
        "/v2/models/{style}/infer", "/v2/models/{style}/versions/{version}/infer",
    ]

    static func contains(_ route: String) -> Bool { routes.contains(route) }
}

extension ServiceRequestContext {
    /// The route's own name, never the path that a client sent; `other` where there is none.
    var route: String {
        guard let path = endpointPath, !path.isEmpty else { return "other" }
        return path == "/" ? path : "/" + path.split(separator: "/").joined(separator: "/")
    }
}

extension HTTPField.Name {
    fileprivate static let traceparent = Self("traceparent")!
}
