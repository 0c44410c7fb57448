import Hummingbird
import HummingbirdCore
import JobQueue
import NIOCore
import Serving
import Synchronization

/// The two steps of a call with curl: `POST …/call/predict` gives a name, `GET …/call/predict/{name}` waits for the end. The end can be
/// asked for again as long as the job is kept.
enum CallRoutes {
    static func start(
        _ arguments: PredictRequest.Arguments, _ request: Request, _ context: CallContext, _ backend: Backend
    ) async throws -> Response {
        try backend.requireModel()
        let caller = try ClientContext(request, context)
        let call = try await backend.bodies.withBody(of: request) { body in
            try await Offload.run(bytes: body.readableBytes) { try PredictRequest(json: body, arguments: arguments) }
        }
        let event =
            switch try await GradioJob.submit(call, for: caller, backend) {
            case .success(let report): report.status.id.text
            case .failure(let refusal): backend.gradio.refused.add(refusal.message)
            }
        return GradioRoutes.json(["event_id": .string(event)])
    }

    static func result(_ request: Request, _ context: CallContext, _ backend: Backend) throws -> Response {
        let event = context.parameters.get("event") ?? ""
        let origin = context.origin
        return try EventStream.response(context, backend) { writer, waker in
            if let reason = backend.gradio.refused.reason(for: event) {
                return try await writer.write(event: "error", QueueMessage.failure(reason))
            }
            let reports: AsyncStream<JobReport>?
            do throws(JobError) {
                reports = if let id = JobID(event) { try await backend.service.reports(on: id) } else { nil }
            } catch {
                // The store is away; the client may ask again.
                return try await writer.write(event: "error", QueueMessage.failure(error.message))
            }
            guard let reports else { return try await writer.write(event: "error", "404: Not Found") }
            guard let last = try await lastReport(of: reports, &writer, waker) else { return }
            switch await JobEnding(last, origin: origin, service: backend.service) {
            case .picture(let file, _): try await writer.write(event: "complete", [file.json])
            case .failure(let reason): try await writer.write(event: "error", QueueMessage.failure(reason))
            }
        }
    }

    /// Shows signs of life until the job has ended or the server stops. Nil when the client is gone.
    private static func lastReport(
        of reports: AsyncStream<JobReport>, _ writer: inout any ResponseBodyWriter, _ waker: StreamWaker
    ) async throws -> JobReport? {
        let last = LastReport()
        let following = Task {
            for await report in reports { last.set(report) }
            last.end()
            waker.wake(.news)
        }
        defer { following.cancel() }
        while !last.isOver {
            let reasons = await waker.next()
            if reasons.contains(.hungUp) { return nil }
            if reasons.contains(.stopping) { break }
            if reasons.contains(.heartbeat) { try await writer.write(event: "heartbeat", .null) }
        }
        return last.value
    }
}

/// The newest report on a job, from the task that reads them to the one that writes.
private final class LastReport: Sendable {
    private let state = Mutex<(report: JobReport?, isOver: Bool)>((nil, false))

    var value: JobReport? { state.withLock { $0.report } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func set(_ report: JobReport) { state.withLock { $0.report = report } }
    func end() { state.withLock { $0.isOver = true } }
}
