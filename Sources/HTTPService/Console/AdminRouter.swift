import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// All paths of the console.
enum AdminRouter {
    static func make(_ panel: AdminPanel, door: AdminDoor, pages: PageFiles) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: AdminReplies(door: door, methods: ["admin/drain": .post, "admin/resume": .post]))
        addPages(to: router, pages)
        let events = AdminEvents(panel: panel, seats: EventSeats(limit: panel.configuration.eventStreamLimit))
        router.get("/admin/state") { _, _ in try json(panel.state) }
        router.get("/admin/events") { _, _ in try events.respond() }
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

    private static func addPages(to router: Router<BasicRequestContext>, _ pages: PageFiles) {
        router.get("/") { _, _ in Response(status: .found, headers: [.location: "/console"]) }
        router.get("/console") { request, _ in try pages.response("index.html", to: request) }
        for name in pages.names {
            router.get(RouterPath("/console/\(name)")) { request, _ in try pages.response(name, to: request) }
        }
    }

    private static func json(_ value: some Encodable) throws -> Response {
        let body = try JSONEncoder.forReplies.encode(value)
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
