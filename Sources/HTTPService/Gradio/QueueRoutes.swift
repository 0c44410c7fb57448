import Foundation
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// The small routes around the queue.
enum QueueRoutes {
    private struct EventBody: Decodable {
        var event_id: String?
    }

    /// These bodies hold a name or two.
    private static let bodyLimit = 64 << 10

    /// `POST /gradio_api/cancel` and `POST /gradio_api/reset`: stop one job, and only that. A client that cancels before it knows
    /// its job's name sends no name here, and the name to `reset` later: so both do the same.
    static func cancel(_ request: Request, _ backend: Backend, isReset: Bool) async throws -> Response {
        let bodies = BodyReader(
            limit: min(bodyLimit, backend.bodies.limit), budget: backend.bodies.budget, metrics: backend.bodies.metrics)
        let body = try await bodies.withBody(of: request) { body in
            try? JSONDecoder().decode(EventBody.self, from: Data(body.readableBytesView))
        }
        guard let body else { throw Refusal.wrongEventBody }
        if let id = body.event_id.flatMap({ JobID($0) }) {
            if isReset { backend.gradio.resets.add(id) }
            do {
                _ = try await backend.service.cancel(id)
            } catch {
                throw Refusal(error)
            }
        }
        return GradioRoutes.json(["success": true])
    }

    /// `GET /gradio_api/queue/status`.
    static func status(_ backend: Backend) -> Response {
        GradioRoutes.json([
            "msg": "estimation", "event_id": .null, "rank": .null,
            "queue_size": .integer(backend.service.snapshot.store.queued), "rank_eta": .null,
        ])
    }

    /// `GET /gradio_api/heartbeat/{session}`: shows that the server lives. What a session has to lose hangs on its own stream.
    static func heartbeat(_ context: CallContext, _ backend: Backend) throws(Refusal) -> Response {
        try EventStream.response(context, backend) { writer, waker in
            var reasons = StreamWaker.Reasons.heartbeat
            while reasons.isDisjoint(with: [.hungUp, .stopping]) {
                if reasons.contains(.heartbeat) { try await writer.write(ByteBuffer(string: "data: ALIVE\n\n")) }
                reasons = await waker.next()
            }
        }
    }
}
