import Hummingbird
import HummingbirdCore
import JobQueue
import Serving

/// `GET /gradio_api/queue/data`: all that happens to a session's jobs, as one stream.
enum QueueDataRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) throws -> Response {
        guard let session = request.uri.queryParameters["session_hash"], !session.isEmpty else {
            throw HTTPProblem.sessionNotFound
        }
        let name = String(session)
        return try EventStream.response(context, backend) { writer, signals in
            guard let reader = backend.gradio.sessions.open(name, signals) else {
                return try await writer.write(frame: QueueMessage.unknownSession)
            }
            let stream = SessionStream(session: name, reader: reader, signals: signals, backend: backend)
            try await stream.write(to: &writer)
        }
    }
}

/// One listener of a session.
struct SessionStream: Sendable {
    let session: String
    let reader: SessionTable.Reader
    let signals: StreamSignals
    let backend: Backend

    private var sessions: GradioSessions { backend.gradio.sessions }

    /// Tells until the session has no more jobs, or the client is gone: then its jobs that still wait are cancelled.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await tell(&writer))
        } catch {
            outcome = .failure(error)
        }
        await cancelWaiting(sessions.close(reader, of: session))
        try outcome.get()
    }

    private func tell(_ writer: inout any ResponseBodyWriter) async throws {
        var linger = backend.gradio.configuration.linger
        var lingeringUntil: ContinuousClock.Instant?
        while true {
            switch sessions.next(for: reader, of: session) {
            case .tell(let deliveries):
                lingeringUntil = nil
                try await writer.write(frames: deliveries.map { $0.message.json(event: $0.event) })
                continue
            case .wait: lingeringUntil = nil
            case .idle:
                let end = lingeringUntil ?? .now + linger
                if .now >= end, sessions.finish(reader, of: session) {
                    return try await writer.write(frame: QueueMessage.closing)
                }
                if lingeringUntil == nil { wake(after: linger) }
                lingeringUntil = end
            case .leave: return
            }
            let reasons = await signals.next()
            if reasons.contains(.hungUp) { return }
            if reasons.contains(.heartbeat) { try await writer.write(frame: QueueMessage.heartbeat) }
            if reasons.contains(.stopping) {
                linger = .zero
                lingeringUntil = nil
                await endAll()
            }
        }
    }

    private func wake(after pause: Duration) {
        Task { [signals] in
            try? await Task.sleep(for: pause)
            signals.wake(.news)
        }
    }

    /// The server stops. A picture that is finished now could not be fetched any more, so no client is kept waiting for one.
    private func endAll() async {
        let events = sessions.pending(in: session)
        for event in events { sessions.post(.failed(JobOutcome.stopping), on: event, in: session) }
        await cancelWaiting(events)
    }

    /// Cancels those of the jobs that have not begun.
    private func cancelWaiting(_ events: Set<String>) async {
        for event in events {
            guard let id = JobID(event), let report = try? await backend.service.report(on: id),
                report.status.state == .queued
            else { continue }
            _ = try? await backend.service.cancel(id)
        }
    }
}
