import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /metrics`: Prometheus' text format.
enum MetricsRoute {
    static func respond(_ text: @Sendable () async -> String) async -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: await text())))
    }
}
