import Foundation
import JobQueue
package import Serving

/// What a session's stream says about one of its jobs.
package enum QueueMessage: Sendable, Equatable {
    /// It waits; rank 0 is next.
    case estimation(rank: Int, queueSize: Int, seconds: Double?)
    /// It runs.
    case starts(seconds: Double?)
    /// So many of the network's layers are done.
    case progress(layer: Int, layers: Int)
    /// It is done, and took so many seconds.
    case completed(FileData, seconds: Double)
    /// There is no picture, for this reason.
    case failed(String)

    /// Whether nothing more is said of the job.
    var isFinal: Bool {
        switch self {
        case .completed, .failed: true
        case .estimation, .starts, .progress: false
        }
    }

    /// Whether a later message of the same kind says all that this one does.
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

    /// The members that Python's client passes on to its `AppError`; it takes no others.
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

/// Turns a job's reports into what Gradio's clients are told while it has not ended.
package struct QueueMessageMapper {
    private var hasStarted = false

    /// One that has said nothing.
    package init() {}

    /// The messages that a report gives cause for. `queueSize` is the number of jobs that wait, all clients' together.
    package mutating func messages(on report: JobReport, queueSize: Int) -> [QueueMessage] {
        let status = report.status
        switch status.state {
        case .queued:
            // A job can go back into the queue, when its worker dies.
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

/// How a job came out, as Gradio's clients are told.
enum JobOutcome: Sendable {
    case picture(FileData, seconds: Double)
    case failure(String)

    var message: QueueMessage {
        switch self {
        case .picture(let file, let seconds): .completed(file, seconds: seconds)
        case .failure(let reason): .failed(reason)
        }
    }

    static let stopping = "The server is stopping, and this picture was not finished. Please send the photo again in a moment."
    static let cancelled = "The job was cancelled."

    /// What the last report on a job means; one that is not final came last because the server stops.
    init(_ report: JobReport, origin: String, service: JobService) async {
        let status = report.status
        switch status.state {
        case .done: self = await Self.picture(of: status, origin: origin, service: service)
        case .failed: self = .failure(status.failure?.message ?? "The job failed.")
        case .cancelled: self = .failure(Self.cancelled)
        case .expired: self = .failure(status.failure?.message ?? "The job's time was over before its turn came.")
        case .queued, .running: self = .failure(Self.stopping)
        }
    }

    private static func picture(of status: JobStatus, origin: String, service: JobService) async -> JobOutcome {
        do throws(JobError) {
            guard let result = try await service.result(of: status.id) else {
                return .failure("The picture is no longer kept. Please send the photo again.")
            }
            let seconds = (status.finished ?? status.submitted).timeIntervalSince(status.started ?? status.submitted)
            return .picture(FileData(result, of: status.id, origin: origin), seconds: max(0, seconds))
        } catch {
            return .failure(error.message)
        }
    }
}
