import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import JobQueue
import NIOCore
import ServiceLifecycle
import Serving
import Synchronization
import WebPages

/// `GET /v1/jobs/{id}/events`: a job's life as server-sent events, up to its end.
enum JobEventsRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let id = try JobRoutes.id(context)
        let report = try await backend.report(on: id)
        let seen = request.headers[.lastEventID]
        let event = JobEvent(report)
        // Browsers come back after every end of a stream, unless they are told with 204 that this was all.
        if event.isLast, event.id == seen { return Response(status: .noContent, headers: [.cacheControl: "no-store"]) }
        guard let permit = backend.eventStreams.take() else {
            throw HTTPProblem.tooManyEventStreams(limit: backend.eventStreams.limit)
        }
        let stream = JobEventStream(
            job: id, seen: seen, service: backend.service, heartbeat: backend.configuration.eventHeartbeat,
            channel: context.channel, permit: permit)
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
    let permit: EventStreamLimit.Permit

    /// Writes events until the job's last one, until the client hangs up, or until the server shuts down: a client whose stream ends
    /// early comes back, and another process can tell it the rest.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        let buffer = JobEventBuffer()
        try await writer.write(JobEvent.opening)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await follow(buffer) }
                group.addTask { await beat(buffer) }
                defer { group.cancelAll() }
                try await write(buffer, to: &writer)
            }
        } onGracefulShutdown: {
            buffer.end()
        }
        try await writer.finish(nil)
    }

    private func write(_ buffer: JobEventBuffer, to writer: inout any ResponseBodyWriter) async throws {
        var told = seen
        for await _ in buffer.rings {
            let news = buffer.take()
            if let event = news.report.map(JobEvent.init), event.id != told {
                try await writer.write(try event.encoded())
                told = event.id
            } else if news.isHeartbeatDue {
                try await writer.write(JobEvent.heartbeat)
            }
            if news.isOver { return }
        }
    }

    /// Puts the job's reports into the buffer while the client listens.
    private func follow(_ buffer: JobEventBuffer) async {
        do {
            try await channel.cancelWhenDisconnected { [service, job] in
                guard let reports = try await service.reports(on: job) else { return }
                for await report in reports { buffer.put(report) }
            }
        } catch {
            // The client is gone, or the store is: either way the stream ends, and a client that is there comes back.
        }
        buffer.end()
    }

    /// Shows signs of life, until the task is cancelled.
    private func beat(_ buffer: JobEventBuffer) async {
        while (try? await Task.sleep(for: heartbeat)) != nil { buffer.beat() }
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = Self("Last-Event-ID")!
    /// Tells nginx to pass the events on as they come.
    fileprivate static let accelBuffering = Self("X-Accel-Buffering")!
}

/// One server-sent event of a job: its state as the event's name, its document as the data.
struct JobEvent: Sendable {
    /// Says all that this event told: the state, the attempt, and the position or layer. A client that comes back with it
    /// (`Last-Event-ID`) is told only what differs; no process has to remember the client for that.
    let id: String
    /// Whether nothing comes after it.
    let isLast: Bool
    private let report: JobReport

    init(_ report: JobReport) {
        self.report = report
        let status = report.status
        isLast = status.state.isFinal
        let detail =
            switch status.state {
            case .queued: status.position ?? 0
            case .running: status.progress?.layer ?? 0
            case .done, .failed, .cancelled, .expired: 0
            }
        id = "\(status.state.rawValue)-\(status.attempts)-\(detail)"
    }

    /// The event as it is sent. JSON in one line has no line break that could end the data early.
    func encoded() throws -> ByteBuffer {
        let document = try JSONEncoder.forReplies.encode(JobDocument(report))
        var buffer = ByteBuffer()
        buffer.writeString("id: \(id)\nevent: \(report.status.state.rawValue)\ndata: ")
        buffer.writeBytes(document)
        buffer.writeString("\n\n")
        return buffer
    }

    /// What comes first: how long to wait before coming back when the connection breaks, in milliseconds.
    static let opening = ByteBuffer(string: "retry: 2000\n\n")
    /// A comment, which clients skip: a sign of life for proxies that close silent connections.
    static let heartbeat = ByteBuffer(string: ": still here\n\n")
}

/// What has to be told to one listener. Holds the newest report only: a listener that reads slowly skips what is out of date.
final class JobEventBuffer: Sendable {
    /// What has come in since the last look.
    struct News: Sendable {
        var report: JobReport?
        var isHeartbeatDue = false
        /// Nothing comes any more.
        var isOver = false
    }

    private let state = Mutex(News())
    private let bell = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// Yields whenever there is something to `take`. For one reader.
    var rings: AsyncStream<Void> { bell.stream }

    /// Takes what has come in.
    func take() -> News {
        state.withLock { state in
            defer { state = News(isOver: state.isOver) }
            return state
        }
    }

    func put(_ report: JobReport) {
        state.withLock { $0.report = report }
        bell.continuation.yield()
    }

    /// Asks for a sign of life.
    func beat() {
        state.withLock { $0.isHeartbeatDue = true }
        bell.continuation.yield()
    }

    func end() {
        state.withLock { $0.isOver = true }
        bell.continuation.yield()
    }
}
