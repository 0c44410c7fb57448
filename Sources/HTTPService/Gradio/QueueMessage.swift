import Foundation
import JobQueue
package import Serving

/// A message about a job on the event stream of its session.
package enum QueueMessage: Sendable, Equatable {
    /// The job is queued; rank 0 is next.
    case estimation(rank: Int, queueSize: Int, seconds: Double?)
    /// The job has started.
    case starts(seconds: Double?)
    /// This many of the network's layers are done.
    case progress(layer: Int, layers: Int)
    /// The job is done and took this many seconds.
    case completed(FileData, seconds: Double)
    /// The job has failed, for this reason.
    case failed(String)

    /// Whether it is the last message about the job.
    var isFinal: Bool {
        switch self {
        case .completed, .failed: true
        case .estimation, .starts, .progress: false
        }
    }

    /// Whether a later message of the same kind replaces this one.
    func isOutdated(by other: QueueMessage) -> Bool {
        switch (self, other) {
        case (.estimation, .estimation), (.progress, .progress): true
        default: false
        }
    }

    func json(event: String) -> JSONValue {
        switch self {
        case .estimation(let rank, let queueSize, let seconds):
            [
                "msg": "estimation", "event_id": .string(event), "rank": .integer(rank), "queue_size": .integer(queueSize),
                "rank_eta": .seconds(seconds),
            ]
        case .starts(let seconds):
            ["msg": "process_starts", "event_id": .string(event), "eta": .seconds(seconds)]
        case .progress(let layer, let layers):
            [
                "msg": "progress", "event_id": .string(event),
                "progress_data": [
                    [
                        "index": .integer(layer), "length": .integer(layers), "unit": "layers", "progress": .null,
                        "desc": "Painting",
                    ]
                ],
            ]
        case .completed(let file, let seconds):
            [
                "msg": "process_completed", "event_id": .string(event), "success": true,
                "output": [
                    "data": [file.json], "is_generating": false, "duration": .seconds(seconds),
                    "average_duration": .seconds(seconds),
                ],
            ]
        case .failed(let reason):
            [
                "msg": "process_completed", "event_id": .string(event), "success": false, "title": "Error",
                "output": Self.failure(reason),
            ]
        }
    }

    /// The members that the Python client passes to its `AppError`, which accepts no others.
    static func failure(_ reason: String) -> JSONValue {
        ["error": .string(reason), "duration": 10, "visible": true, "title": "Error"]
    }

    static let heartbeat: JSONValue = ["msg": "heartbeat", "event_id": .null]
    static let closing: JSONValue = ["msg": "close_stream", "event_id": .null]
    static let unknownSession: JSONValue = [
        "msg": "unexpected_error", "event_id": .null, "message": "404: Not Found", "session_not_found": true,
        "success": false,
    ]
}

/// Maps the reports on a job that has not ended to messages.
package struct QueueMessageMapper {
    private var hasStarted = false

    /// A mapper for a new job.
    package init() {}

    /// The messages for a report. `queueSize` is the number of queued jobs of all clients.
    package mutating func messages(on report: JobReport, queueSize: Int) -> [QueueMessage] {
        let status = report.status
        switch status.state {
        case .queued:
            // A job returns to the queue when its worker dies.
            hasStarted = false
            let position = status.position ?? 1
            return [.estimation(rank: position - 1, queueSize: max(queueSize, position), seconds: report.secondsLeft)]
        case .running:
            var messages: [QueueMessage] = []
            if !hasStarted { messages.append(.starts(seconds: report.secondsLeft)) }
            hasStarted = true
            if let progress = status.progress {
                messages.append(.progress(layer: progress.layer, layers: progress.layers))
            }
            return messages
        case .done, .failed, .cancelled, .expired: return []
        }
    }
}

/// The result of a job, as Gradio's clients get it.
enum JobOutcome: Sendable {
    case picture(FileData, seconds: Double)
    case failure(String)

    var message: QueueMessage {
        switch self {
        case .picture(let file, let seconds): .completed(file, seconds: seconds)
        case .failure(let reason): .failed(reason)
        }
    }

    static let shutdown = "The server is shutting down and has not finished this picture. Send the photo again in a moment."
    static let cancelled = "The job was cancelled."

    /// The outcome by a job's last report. If that is not final, the server shuts down.
    init(_ report: JobReport, origin: String, service: JobService) async {
        let status = report.status
        switch status.state {
        case .done: self = await Self.picture(of: status, origin: origin, service: service)
        case .failed: self = .failure(status.failure?.message ?? "The job failed.")
        case .cancelled: self = .failure(Self.cancelled)
        case .expired: self = .failure(status.failure?.message ?? "The job timed out in the queue.")
        case .queued, .running: self = .failure(Self.shutdown)
        }
    }

    private static func picture(of status: JobStatus, origin: String, service: JobService) async -> JobOutcome {
        do throws(JobError) {
            guard let result = try await service.result(of: status.id) else {
                return .failure("The picture is no longer available. Send the photo again.")
            }
            let seconds = (status.finished ?? status.submitted).timeIntervalSince(status.started ?? status.submitted)
            return .picture(FileData(result, of: status.id, origin: origin), seconds: max(0, seconds))
        } catch {
            return .failure(error.message)
        }
    }
}
