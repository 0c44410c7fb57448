import HTTPTypes
import Hummingbird
import JobQueue
import Serving

/// `POST /gradio_api/queue/join`: a job for the queue, of which the session's stream tells.
enum QueueJoinRoute {
    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        try backend.requireModel()
        let caller = try ClientContext(request, context)
        let origin = context.origin
        let call = try await backend.bodies.withBody(of: request) { body in
            try await Offload.run(bytes: body.readableBytes) { try PredictRequest(json: body) }
        }
        let event = try await join(call, for: caller, origin: origin, backend)
        return GradioRoutes.json(["event_id": .string(event)])
    }

    /// The name of the event, of which the session will hear.
    private static func join(
        _ call: PredictRequest, for caller: ClientContext, origin: String, _ backend: Backend
    ) async throws(Refusal) -> String {
        guard let session = call.sessionHash, (1...128).contains(session.utf8.count) else { throw .sessionNotFound }
        let desk = backend.gradio
        try desk.sessions.expect(in: session)
        let outcome: Result<JobReport, Refusal>
        do throws(Refusal) {
            outcome = try await GradioJob.submit(call, for: caller, backend)
        } catch {
            desk.sessions.withdraw(from: session)
            throw error
        }
        switch outcome {
        case .success(let report):
            let job = report.status.id
            desk.sessions.add(job.text, to: session)
            let follower = EventFollower(
                job: job, session: session, origin: origin, service: backend.service, desk: desk)
            Task { await follower.run() }
            return job.text
        case .failure(let refusal):
            let event = JobID().text
            desk.sessions.add(event, to: session)
            desk.sessions.post(.failed(refusal.message), on: event, in: session)
            return event
        }
    }
}
