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

/// `GET /v1/jobs/{id}/events`: a job's progress as server-sent events until it ends.
enum JobEventsRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let id = try JobRoutes.id(context)
        let report = try await backend.report(on: id)
        let lastEventID = request.headers[.lastEventID]
        let event = JobEvent(report)
        // Browsers reconnect whenever a stream ends, unless they get 204.
        if event.isLast, event.id == lastEventID { return Response(status: .noContent, headers: [.cacheControl: "no-store"]) }
        guard let permit = backend.eventStreams.acquire() else {
            throw HTTPProblem.tooManyEventStreams(limit: backend.eventStreams.limit)
        }
        let stream = JobEventStream(
            job: id, lastEventID: lastEventID, service: backend.service, heartbeat: backend.configuration.eventHeartbeat,
            channel: context.channel, permit: permit)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache", .accelBuffering: "no"],
            body: ResponseBody { try await stream.write(to: &$0) })
    }
}

/// The event stream of one client.
struct JobEventStream: Sendable {
    let job: JobID
    /// The ID of the last event that the client has received.
    let lastEventID: String?
    let service: JobService
    let heartbeat: Duration
    let channel: any Channel
    let permit: EventStreamLimit.Permit

    /// Writes events until the job ends, the client disconnects, or the server shuts down. A client whose stream ends early reconnects, if
    /// need be to another process.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        let buffer = JobEventBuffer()
        try await writer.write(JobEvent.opening)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await follow(buffer) }
                group.addTask { await sendHeartbeats(buffer) }
                defer { group.cancelAll() }
                try await write(buffer, to: &writer)
            }
        } onGracefulShutdown: {
            buffer.finish()
        }
        try await writer.finish(nil)
    }

    private func write(_ buffer: JobEventBuffer, to writer: inout any ResponseBodyWriter) async throws {
        var sent = lastEventID
        for await _ in buffer.wakeups {
            let pending = buffer.take()
            if let event = pending.report.map(JobEvent.init), event.id != sent {
                try await writer.write(try event.encoded())
                sent = event.id
            } else if pending.isHeartbeatDue {
                try await writer.write(JobEvent.heartbeat)
            }
            if pending.isFinished { return }
        }
    }

    /// Puts the job's reports into the buffer until the client disconnects.
    private func follow(_ buffer: JobEventBuffer) async {
        do {
            try await channel.cancelWhenDisconnected { [service, job] in
                guard let reports = try await service.reports(on: job) else { return }
                for await report in reports { buffer.put(report) }
            }
        } catch {
            // The client has disconnected, or the job store is unavailable. Either way the stream ends, and a client reconnects.
        }
        buffer.finish()
    }

    /// Requests heartbeats until the task is cancelled.
    private func sendHeartbeats(_ buffer: JobEventBuffer) async {
        while (try? await Task.sleep(for: heartbeat)) != nil { buffer.requestHeartbeat() }
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = Self("Last-Event-ID")!
    /// Turns off buffering in nginx.
    fileprivate static let accelBuffering = Self("X-Accel-Buffering")!
}

/// A server-sent event of a job: the state is the event's name, the job's document its data.
struct JobEvent: Sendable {
    /// Encodes what the event says: the state, the attempt, and the position or layer. A client that reconnects with it
    /// (`Last-Event-ID`) gets only later events, from any process, because none has to remember the client.
    let id: String
    /// Whether it is the job's last event.
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

    /// The event as it is sent. The JSON is on one line, because a line break would end the data.
    func encoded() throws -> ByteBuffer {
        let document = try JSONEncoder.forReplies.encode(JobDocument(report))
        var buffer = ByteBuffer()
        buffer.writeString("id: \(id)\nevent: \(report.status.state.rawValue)\ndata: ")
        buffer.writeBytes(document)
        buffer.writeString("\n\n")
        return buffer
    }

    /// The beginning of a stream: how long to wait before reconnecting, in milliseconds.
    static let opening = ByteBuffer(string: "retry: 2000\n\n")
    /// A comment, which clients ignore; it keeps proxies from closing the connection.
    static let heartbeat = ByteBuffer(string: ": still here\n\n")
}

/// What is to be written to one event stream. It keeps only the latest report, so a slow client skips outdated ones.
final class JobEventBuffer: Sendable {
    /// What has been added since the last `take()`.
    struct Pending: Sendable {
        var report: JobReport?
        var isHeartbeatDue = false
        /// No further reports follow.
        var isFinished = false
    }

    private let state = Mutex(Pending())
    private let signal = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// Yields whenever there is something to `take()`. For one consumer.
    var wakeups: AsyncStream<Void> { signal.stream }

    /// Returns and clears what has been added.
    func take() -> Pending {
        state.withLock { state in
            defer { state = Pending(isFinished: state.isFinished) }
            return state
        }
    }

    func put(_ report: JobReport) {
        state.withLock { $0.report = report }
        signal.continuation.yield()
    }

    /// Asks for a heartbeat.
    func requestHeartbeat() {
        state.withLock { $0.isHeartbeatDue = true }
        signal.continuation.yield()
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        signal.continuation.yield()
    }
}
