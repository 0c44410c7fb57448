import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Serving
import WebPages

/// All paths of the console.
enum AdminRouter {
    static func make(_ panel: AdminPanel, door: ConsoleDoor, pages: PageFiles) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        let replies = AdminReplies(methods: ["admin/drain": .post, "admin/resume": .post])
        router.add(middleware: ConsoleGuard(door: door) { replies.response(for: $0, $1, $2) })
        pages.addConsole(to: router)
        let encode: @Sendable (any Encodable) throws -> Data = { try JSONEncoder.forReplies.encode($0) }
        let events = ConsoleStream(
            limit: panel.configuration.eventStreamLimit, interval: panel.configuration.interval,
            history: { try encode(panel.past) }, state: { try encode(panel.state) })
        router.get("/admin/state") { _, _ in try json(panel.state) }
        router.get("/admin/events") { _, _ in
            guard let response = events.response() else { throw Refusal.tooManyConsoles(limit: events.limit) }
            return response
        }
        router.post("/admin/drain") { _, _ in
            panel.service.drain()
            return try json(panel.state)
        }
        router.post("/admin/resume") { _, _ in
            panel.service.resume()
            return try json(panel.state)
        }
        if let metricsText = panel.metricsText {
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
