import BlockingThreads
import Hummingbird
import HummingbirdCore
import JobQueue
import NIOCore
import Serving
import Synchronization

/// The API for curl: `POST …/call/predict` returns an event ID, and `GET …/call/predict/{event}` waits for the result, which can be requested
/// again while the job is kept.
enum CallRoutes {
    static func start(
        _ arguments: PredictRequest.Arguments, _ request: Request, _ context: ServiceRequestContext, _ backend: Backend
    ) async throws -> Response {
        try backend.requireModel()
        let caller = try ClientContext(request, context)
        let call = try await backend.bodies.withBody(of: request) { body in
            try await BlockingThreadPool.shared.run(byteCount: body.readableBytes) {
                try PredictRequest(json: body, arguments: arguments)
            }
        }
        let event =
            switch try await GradioJob.submit(call, for: caller, backend) {
            case .success(let report): report.status.id.text
            case .failure(let problem): backend.gradio.rejectedCalls.add(problem.message)
            }
        return GradioRoutes.json(["event_id": .string(event)])
    }

    static func result(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) throws -> Response {
        let event = context.parameters.get("event") ?? ""
        let origin = context.origin
        return try EventStream.response(context, backend) { writer, signals in
            if let reason = backend.gradio.rejectedCalls.reason(for: event) {
                return try await writer.write(event: "error", QueueMessage.failure(reason))
            }
            let reports: AsyncStream<JobReport>?
            do throws(JobError) {
                reports = if let id = JobID(event) { try await backend.service.reports(on: id) } else { nil }
            } catch {
                // The job store is unavailable; the client may retry.
                return try await writer.write(event: "error", QueueMessage.failure(error.message))
            }
            guard let reports else { return try await writer.write(event: "error", "404: Not Found") }
            guard let last = try await finalReport(of: reports, &writer, signals) else { return }
            switch await JobOutcome(last, origin: origin, service: backend.service) {
            case .picture(let file, _): try await writer.write(event: "complete", [file.json])
            case .failure(let reason): try await writer.write(event: "error", QueueMessage.failure(reason))
            }
        }
    }

    /// Sends heartbeats until the job has ended or the server shuts down. Nil if the client has disconnected.
    private static func finalReport(
        of reports: AsyncStream<JobReport>, _ writer: inout any ResponseBodyWriter, _ signals: StreamSignals
    ) async throws -> JobReport? {
        let last = LastReport()
        let following = Task {
            for await report in reports { last.set(report) }
            last.finish()
            signals.send(.data)
        }
        defer { following.cancel() }
        while !last.isFinished {
            let received = await signals.next()
            if received.contains(.disconnected) { return nil }
            if received.contains(.shuttingDown) { break }
            if received.contains(.heartbeat) { try await writer.write(event: "heartbeat", .null) }
        }
        return last.value
    }
}

/// The latest report on a job, passed from the task that reads reports to the one that writes events.
private final class LastReport: Sendable {
    private let state = Mutex<(report: JobReport?, isFinished: Bool)>((nil, false))

    var value: JobReport? { state.withLock { $0.report } }
    var isFinished: Bool { state.withLock { $0.isFinished } }

    func set(_ report: JobReport) { state.withLock { $0.report = report } }
    func finish() { state.withLock { $0.isFinished = true } }
}
