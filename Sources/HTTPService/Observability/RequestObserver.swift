import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Serving

/// Counts and times every request, and gives it its place in a trace (W3C Trace Context): the ids stand on each of its log lines,
/// and the reply carries them on.
struct RequestObserver: RouterMiddleware {
    typealias Context = CallContext

    let observation: Observation

    func handle(
        _ request: Request, context: CallContext,
        next: (Request, CallContext) async throws -> Response
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

extension CallContext {
    /// The route's own name, never the path that a client sent; `other` where there is none.
    var route: String {
        guard let path = endpointPath, !path.isEmpty else { return "other" }
        return path == "/" ? path : "/" + path.split(separator: "/").joined(separator: "/")
    }
}

extension HTTPField.Name {
    fileprivate static let traceparent = Self("traceparent")!
}
