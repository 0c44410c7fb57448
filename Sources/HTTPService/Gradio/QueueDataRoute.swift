import Hummingbird
import HummingbirdCore
import JobQueue
import Serving

/// `GET /gradio_api/queue/data`: the events of a session's jobs as one stream.
enum QueueDataRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) throws -> Response {
        guard let session = request.uri.queryParameters["session_hash"], !session.isEmpty else {
            throw HTTPProblem.sessionNotFound
        }
        let name = String(session)
        return try EventStream.response(context, backend) { writer, signals in
            guard let stream = backend.gradio.sessions.open(name, signals) else {
                return try await writer.write(frame: QueueMessage.unknownSession)
            }
            let events = SessionStream(session: name, stream: stream, signals: signals, backend: backend)
            try await events.write(to: &writer)
        }
    }
}

/// An open event stream of a session.
struct SessionStream: Sendable {
    let session: String
    let stream: SessionTable.StreamID
    let signals: StreamSignals
    let backend: Backend

    private var sessions: GradioSessions { backend.gradio.sessions }

    /// Writes events until the session has no more jobs, or the client disconnects; then its queued jobs are cancelled.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await writeEvents(to: &writer))
        } catch {
            outcome = .failure(error)
        }
        await cancelQueued(sessions.close(stream, of: session))
        try outcome.get()
    }

    private func writeEvents(to writer: inout any ResponseBodyWriter) async throws {
        var linger = backend.gradio.configuration.linger
        var lingeringUntil: ContinuousClock.Instant?
        while true {
            switch sessions.next(for: stream, of: session) {
            case .send(let deliveries):
                lingeringUntil = nil
                try await writer.write(frames: deliveries.map { $0.message.json(event: $0.event) })
                continue
            case .wait: lingeringUntil = nil
            case .idle:
                let end = lingeringUntil ?? .now + linger
                if .now >= end, sessions.finish(stream, of: session) {
                    return try await writer.write(frame: QueueMessage.closing)
                }
                if lingeringUntil == nil { signal(after: linger) }
                lingeringUntil = end
            case .close: return
            }
            let received = await signals.next()
            if received.contains(.disconnected) { return }
            if received.contains(.heartbeat) { try await writer.write(frame: QueueMessage.heartbeat) }
            if received.contains(.shuttingDown) {
                linger = .zero
                lingeringUntil = nil
                await endAll()
            }
        }
    }

    private func signal(after pause: Duration) {
        Task { [signals] in
            try? await Task.sleep(for: pause)
            signals.send(.data)
        }
    }

    /// Ends all jobs of the session: the server shuts down, and a picture that is completed now could not be fetched any more.
    private func endAll() async {
        let events = sessions.pending(in: session)
        for event in events { sessions.post(.failed(JobOutcome.shutdown), on: event, in: session) }
        await cancelQueued(events)
    }

    /// Cancels those of the jobs that have not started.
    private func cancelQueued(_ events: Set<String>) async {
        for event in events {
            guard let id = JobID(event), let report = try? await backend.service.report(on: id),
                report.status.state == .queued
            else { continue }
            _ = try? await backend.service.cancel(id)
        }
    }
}
