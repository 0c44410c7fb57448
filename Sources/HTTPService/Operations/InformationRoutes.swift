import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// What can be asked about the service: its styles and its health.
enum InformationRoutes {
    private struct Styles: Encodable {
        var styles: [StyleDescription]
        var sizes: Sizes

        struct Sizes: Encodable {
            var minimum: Int
            var maximum: Int
        }
    }

    /// `GET /v1/styles`: the styles on offer and the sizes that may be asked for.
    static func styles(_ backend: Backend) throws -> Response {
        try backend.requireModel()
        let sizes = backend.configuration.sizes
        let styles = Styles(
            styles: backend.service.styles, sizes: .init(minimum: sizes.lowerBound, maximum: sizes.upperBound))
        return try json(styles)
    }

    /// `GET /health/live`: the process answers.
    static func live() throws -> Response {
        try json(["status": "live"])
    }

    private struct Ready: Encodable {
        var status: String
        /// `ok`, or `unavailable`: direct requests are answered all the same, as long as they don't have to be queued.
        var queue: String
    }

    /// `GET /health/ready`: 200 once work is welcome, 503 before and while stopping.
    static func ready(_ backend: Backend) throws -> Response {
        let snapshot = backend.service.snapshot
        let state =
            backend.readiness.current == .ready && !snapshot.isTakingJobs ? Readiness.State.draining : backend.readiness.current
        var response = try json(Ready(status: state.rawValue, queue: snapshot.storeProblem == nil ? "ok" : "unavailable"))
        if state != .ready {
            response.status = .serviceUnavailable
            response.headers[.retryAfter] = "2"
        }
        return response
    }

    private static func json(_ value: some Encodable) throws -> Response {
        let data = try JSONEncoder.forReplies.encode(value)
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }
}

/// `GET /metrics`: Prometheus' text format.
enum MetricsRoute {
    static func respond(_ text: @Sendable () async -> String) async -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: await text())))
    }
}
