import BlockingThreads
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// `POST /gradio_api/queue/join`: queues a job whose events the session's stream sends.
enum QueueJoinRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        try backend.requireModel()
        let caller = try ClientContext(request, context)
        let origin = context.origin
        let call = try await backend.bodies.withBody(of: request) { body in
            try await BlockingThreadPool.shared.run(byteCount: body.readableBytes) { try PredictRequest(json: body) }
        }
        let event = try await join(call, for: caller, origin: origin, backend)
        return GradioRoutes.json(["event_id": .string(event)])
    }

    /// Queues the job of a call and returns its event ID.
    private static func join(
        _ call: PredictRequest, for caller: ClientContext, origin: String, _ backend: Backend
    ) async throws(HTTPProblem) -> String {
        guard let session = call.sessionHash, (1...128).contains(session.utf8.count) else { throw .sessionNotFound }
        let state = backend.gradio
        try state.sessions.reserve(in: session)
        let outcome: Result<JobReport, HTTPProblem>
        do throws(HTTPProblem) {
            outcome = try await GradioJob.submit(call, for: caller, backend)
        } catch {
            state.sessions.cancelReservation(in: session)
            throw error
        }
        switch outcome {
        case .success(let report):
            let job = report.status.id
            state.sessions.add(job.text, to: session)
            let follower = JobFollower(
                job: job, session: session, origin: origin, service: backend.service, state: state)
            Task { await follower.run() }
            return job.text
        case .failure(let problem):
            let event = JobID().text
            state.sessions.add(event, to: session)
            state.sessions.post(.failed(problem.message), on: event, in: session)
            return event
        }
    }
}

/// The other routes of the queue.
enum QueueRoutes {
    private struct EventBody: Decodable {
        var event_id: String?
    }

    /// These bodies have one or two IDs.
    private static let bodyLimit = 64 << 10

    /// `POST /gradio_api/cancel` and `POST /gradio_api/reset`: cancel one job. A client that cancels before it knows the job's ID sends none
    /// to `cancel`, and the ID to `reset` later, so both do the same.
    static func cancel(_ request: Request, _ backend: Backend, isReset: Bool) async throws -> Response {
        let bodies = BodyReader(
            limit: min(bodyLimit, backend.bodies.limit), budget: backend.bodies.budget, metrics: backend.bodies.metrics)
        let body = try await bodies.withBody(of: request) { body in
            try? JSONDecoder().decode(EventBody.self, from: Data(body.readableBytesView))
        }
        guard let body else { throw HTTPProblem.wrongEventBody }
        if let id = body.event_id.flatMap({ JobID($0) }) {
            if isReset { backend.gradio.resets.add(id) }
            do {
                _ = try await backend.service.cancel(id)
            } catch {
                throw HTTPProblem(error)
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

    /// `GET /gradio_api/heartbeat/{session}`: an event stream of heartbeats. It has no effect on the session.
    static func heartbeat(_ context: ServiceRequestContext, _ backend: Backend) throws(HTTPProblem) -> Response {
        try EventStream.response(context, backend) { writer, signals in
            var received = StreamSignals.Signal.heartbeat
            while received.isDisjoint(with: [.disconnected, .shuttingDown]) {
                if received.contains(.heartbeat) { try await writer.write(ByteBuffer(string: "data: ALIVE\n\n")) }
                received = await signals.next()
            }
        }
    }
}

/// Posts the events of one job to its session, from the queue to its end.
struct JobFollower: Sendable {
    let job: JobID
    let session: String
    let origin: String
    let service: JobService
    let state: GradioState

    /// Returns when the job has ended or the service shuts down.
    func run() async {
        let reports: AsyncStream<JobReport>?
        do throws(JobError) {
            reports = try await service.reports(on: job)
        } catch {
            return post(.failed(error.message))
        }
        guard let reports else { return post(.failed(Self.unknownJob)) }
        var mapper = QueueMessageMapper()
        var last: JobReport?
        for await report in reports {
            last = report
            if report.status.state.isFinal { break }
            let queueSize = service.snapshot.store.queued
            for message in mapper.messages(on: report, queueSize: queueSize) { post(message) }
        }
        guard let last else { return post(.failed(Self.unknownJob)) }
        if last.status.state == .cancelled { await waitForReset() }
        post(await JobOutcome(last, origin: origin, service: service).message)
    }

    /// Waits until the client that has cancelled the job no longer expects its result. Otherwise it would raise an error.
    private func waitForReset() async {
        let pause = state.configuration.cancelDelay
        var waited = Duration.zero
        while !state.resets.contains(job), waited < state.configuration.resetTimeout {
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            waited += pause
        }
        try? await Task.sleep(for: pause)
    }

    private func post(_ message: QueueMessage) { state.sessions.post(message, on: job.text, in: session) }

    private static let unknownJob = "The job is no longer available. Send the photo again."
}
