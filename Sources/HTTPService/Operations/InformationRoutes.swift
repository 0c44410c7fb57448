import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// Styles and health checks.
enum InformationRoutes {
    private struct Styles: Encodable {
        var styles: [StyleDescription]
        var sizes: Sizes

        struct Sizes: Encodable {
            var minimum: Int
            var maximum: Int
        }
    }

    /// `GET /v1/styles`: the available styles and the range of sizes.
    static func styles(_ backend: Backend) throws -> Response {
        try backend.requireModel()
        let sizes = backend.configuration.sizes
        let styles = Styles(
            styles: backend.service.styles, sizes: .init(minimum: sizes.lowerBound, maximum: sizes.upperBound))
        return try Response.json(styles)
    }

    /// `GET /health/live`: 200 as long as the process responds.
    static func live() throws -> Response {
        try Response.json(["status": "live"])
    }

    private struct Ready: Encodable {
        var status: String
        /// `ok` or `unavailable`. Synchronous requests that need not be queued are served in either case.
        var queue: String
    }

    /// `GET /health/ready`: 200 while the service accepts work, 503 before and during shutdown.
    static func ready(_ backend: Backend) throws -> Response {
        let snapshot = backend.service.snapshot
        let state =
            backend.readiness.current == .ready && !snapshot.isTakingJobs ? Readiness.State.draining : backend.readiness.current
        var response = try Response.json(
            Ready(status: state.rawValue, queue: snapshot.storeProblem == nil ? "ok" : "unavailable"))
        if state != .ready {
            response.status = .serviceUnavailable
            response.headers[.retryAfter] = "2"
        }
        return response
    }
}

/// `GET /metrics`: the Prometheus text format.
enum MetricsRoute {
    static func respond(_ text: @Sendable () async -> String) async -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: await text())))
    }
}
