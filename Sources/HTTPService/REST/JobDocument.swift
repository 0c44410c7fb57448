import Foundation
import JobQueue
import Serving

/// A job as clients see it: the answer to an overload, and what `/v1/jobs` and its events say.
struct JobDocument: Encodable, Sendable {
    /// Where to ask for more.
    struct Links: Encodable, Sendable {
        var status: String
        var result: String
        var events: String
    }

    /// How far a running job is.
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
    /// While queued; 1 is next.
    var position: Int?
    /// While queued or running: seconds until it is done, as predicted, with one decimal.
    var eta_seconds: Double?
    var progress: Progress?
    var error: Failure?
    var attempts: Int
    /// Times in RFC 3339.
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
