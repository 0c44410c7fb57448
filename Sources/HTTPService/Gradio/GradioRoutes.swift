import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// The API of Gradio 4 to 6, as its own clients use it.
enum GradioRoutes {
    /// The prefix of the routes since Gradio 5. Gradio 4 has them at the root; both work.
    static let prefix = "/gradio_api"

    /// Whether a path is one of these, with or without the prefix. Their errors are in Gradio's format.
    static func contains(_ path: String) -> Bool {
        let first = path.split(separator: "/", maxSplits: 1).first ?? ""
        return ["gradio_api", "config", "info", "upload", "queue", "call", "cancel", "reset", "heartbeat", "file"].contains(first)
            || first.hasPrefix("file=")
    }

    static func add(to table: inout RouteTable, _ backend: Backend) {
        for path in ["/run/predict", "/api/predict"] {
            table.add(.post, prefix + path) { try await PredictRoute.respond($0, $1, backend) }
        }
        for prefix in [prefix, ""] {
            addDescription(to: &table, prefix, backend)
            addFiles(to: &table, prefix, backend)
            addQueue(to: &table, prefix, backend)
            addCalls(to: &table, prefix, backend)
        }
    }

    private static func addDescription(to table: inout RouteTable, _ prefix: String, _ backend: Backend) {
        table.add(.get, prefix + "/config") { _, context in
            try backend.requireModel()
            return json(description(backend).config(origin: context.origin))
        }
        table.add(.get, prefix + "/info") { _, _ in
            try backend.requireModel()
            return json(description(backend).info)
        }
    }

    private static func addFiles(to table: inout RouteTable, _ prefix: String, _ backend: Backend) {
        table.add(.post, prefix + "/upload") { try await UploadRoute.respond($0, $1, backend) }
        // The path after `file=` is one component or several, depending on whether its slashes are encoded.
        for path in ["/file={path}", "/file={path}/**", "/file/**"] {
            table.add(.get, prefix + path) { try await FileRoute.respond($0, $1, backend) }
        }
    }

    private static func addQueue(to table: inout RouteTable, _ prefix: String, _ backend: Backend) {
        table.add(.post, prefix + "/queue/join") { try await QueueJoinRoute.respond($0, $1, backend) }
        table.add(.get, prefix + "/queue/data") { try QueueDataRoute.respond($0, $1, backend) }
        table.add(.get, prefix + "/queue/status") { _, _ in QueueRoutes.status(backend) }
        for path in ["/cancel", "/reset"] {
            table.add(.post, prefix + path) { request, _ in
                try await QueueRoutes.cancel(request, backend, isReset: path == "/reset")
            }
        }
        table.add(.get, prefix + "/heartbeat/{session}") { _, context in try QueueRoutes.heartbeat(context, backend) }
    }

    private static func addCalls(to table: inout RouteTable, _ prefix: String, _ backend: Backend) {
        table.add(.post, prefix + "/call/predict") { try await CallRoutes.start(.list, $0, $1, backend) }
        table.add(.post, prefix + "/call/v2/predict") { try await CallRoutes.start(.named, $0, $1, backend) }
        for path in ["/call/predict/{event}", "/call/v2/predict/{event}"] {
            table.add(.get, prefix + path) { try CallRoutes.result($0, $1, backend) }
        }
    }

    private static func description(_ backend: Backend) -> AppDescription {
        AppDescription(styles: backend.service.styles, bodyLimit: backend.configuration.bodyLimit)
    }

    /// A JSON response.
    static func json(_ value: JSONValue) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: value.text)))
    }
}
