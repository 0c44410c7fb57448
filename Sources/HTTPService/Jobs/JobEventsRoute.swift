import HTTPTypes
import Hummingbird
import HummingbirdCore
import JobQueue
import NIOCore
import Serving
import ServiceLifecycle
import WebPages

/// `GET /v1/jobs/{id}/events`: a job's life as server-sent events, up to its end.
enum JobEventsRoute {
    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        let id = try JobRoutes.id(context)
        let report = try await backend.report(on: id)
        let seen = request.headers[.lastEventID]
        let event = JobEvent(report)
        // Browsers come back after every end of a stream, unless they are told with 204 that this was all.
        if event.isLast, event.id == seen { return Response(status: .noContent, headers: [.cacheControl: "no-store"]) }
        guard let seat = backend.eventSeats.take() else { throw Refusal.tooManyListeners(limit: backend.eventSeats.limit) }
        let stream = JobEventStream(
            job: id, seen: seen, service: backend.service, heartbeat: backend.configuration.eventHeartbeat,
            channel: context.channel, seat: seat)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache", .accelBuffering: "no"],
            body: ResponseBody { try await stream.write(to: &$0) })
    }
}

/// One listener's stream.
struct JobEventStream: Sendable {
    let job: JobID
    /// The id of the last event that the client has seen.
    let seen: String?
    let service: JobService
    let heartbeat: Duration
    let channel: any Channel
    let seat: EventSeats.Seat

    /// Writes events until the job's last one, until the client hangs up, or until the server shuts down: a client whose stream ends
    /// early comes back, and another process can tell it the rest.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        let mailbox = EventMailbox()
        try await writer.write(JobEvent.opening)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await follow(mailbox) }
                group.addTask { await beat(mailbox) }
                defer { group.cancelAll() }
                try await write(mailbox, to: &writer)
            }
        } onGracefulShutdown: {
            mailbox.end()
        }
        try await writer.finish(nil)
    }

    private func write(_ mailbox: EventMailbox, to writer: inout any ResponseBodyWriter) async throws {
        var told = seen
        for await _ in mailbox.rings {
            let news = mailbox.take()
            if let event = news.report.map(JobEvent.init), event.id != told {
                try await writer.write(try event.encoded())
                told = event.id
            } else if news.isHeartbeatDue {
                try await writer.write(JobEvent.heartbeat)
            }
            if news.isOver { return }
        }
    }

    /// Puts the job's reports into the mailbox while the client listens.
    private func follow(_ mailbox: EventMailbox) async {
        do {
            try await channel.whileClientListens { [service, job] in
                guard let reports = try await service.reports(on: job) else { return }
                for await report in reports { mailbox.put(report) }
            }
        } catch {
            // The client is gone, or the store is: either way the stream ends, and a client that is there comes back.
        }
        mailbox.end()
    }

    /// Shows signs of life, until the task is cancelled.
    private func beat(_ mailbox: EventMailbox) async {
        while (try? await Task.sleep(for: heartbeat)) != nil { mailbox.beat() }
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = Self("Last-Event-ID")!
    /// Tells nginx to pass the events on as they come.
    fileprivate static let accelBuffering = Self("X-Accel-Buffering")!
}
