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
            styles: backend.handler.styles, sizes: .init(minimum: sizes.lowerBound, maximum: sizes.upperBound))
        return try json(styles)
    }

    /// `GET /health/live`: the process answers.
    static func live() throws -> Response {
        try json(["status": "live"])
    }

    /// `GET /health/ready`: 200 once work is welcome, 503 before and while stopping.
    static func ready(_ backend: Backend) throws -> Response {
        let state = backend.readiness.current
        var response = try json(["status": state.rawValue])
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
