import Foundation
import JobQueue
import Serving

/// A job as clients see it, in `202 Accepted`, in `/v1/jobs` and in its events.
struct JobDocument: Encodable, Sendable {
    /// Paths of the job.
    struct Links: Encodable, Sendable {
        var status: String
        var result: String
        var events: String
    }

    /// The progress of a running job.
    struct Progress: Encodable, Sendable {
        var layer: Int
        var layers: Int
    }

    /// Why there is no picture.
    struct Failure: Encodable, Sendable {
        var code: String
        var message: String
    }

    var job: String
    /// `queued`, `running`, `done`, `failed`, `cancelled` or `expired`.
    var status: String
    /// The position in the queue; 1 is next. Nil unless queued.
    var position: Int?
    /// The predicted seconds until it is done, with one decimal. Nil unless queued or running.
    var eta_seconds: Double?
    var progress: Progress?
    var error: Failure?
    var attempts: Int
    /// A time in RFC 3339, as the other two.
    var submitted_at: String
    var started_at: String?
    var finished_at: String?
    var links: Links

    init(_ report: JobReport) {
        let status = report.status
        job = status.id.text
        self.status = status.state.rawValue
        position = status.position
        eta_seconds = report.secondsLeft.map { ($0 * 10).rounded() / 10 }
        progress = status.progress.map { Progress(layer: $0.layer, layers: $0.layers) }
        error = status.failure.map { Failure(code: HTTPProblem($0).code, message: $0.message) }
        attempts = status.attempts
        submitted_at = Self.time(status.submitted)
        started_at = status.started.map(Self.time)
        finished_at = status.finished.map(Self.time)
        let path = "/v1/jobs/\(status.id.text)"
        links = Links(status: path, result: path + "/result", events: path + "/events")
    }

    private static func time(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
