import HTTPTypes
import JobQueue
import Serving

/// The refusals of `/v1/jobs`.
extension Refusal {
    static let unknownJob = Refusal(
        .notFound, code: "unknown_job",
        "There is no such job, or it ended too long ago: results are kept for a limited time. Send the picture again.")

    static let resultGone = Refusal(
        .gone, code: "result_gone",
        "The job was done, but its picture had to make room for newer ones. Send the picture again.")

    static func tooManyListeners(limit: Int) -> Refusal {
        Refusal(
            .serviceUnavailable, code: "overloaded",
            "\(limit) clients follow events already. Ask for the job itself instead (without /events), or try again later.",
            retryAfter: 10)
    }

    /// Why a job has no picture to give.
    static func noResult(_ report: JobReport) -> Refusal {
        switch report.status.state {
        case .done: return .resultGone
        case .failed: return Refusal(report.status.failure ?? JobError(.internal, "The job failed."))
        case .cancelled:
            return Refusal(.gone, code: "job_cancelled", "The job was cancelled, so there is no picture. Send the picture again.")
        case .expired:
            return Refusal(
                .gone, code: "job_expired",
                "The job's time was over before its turn came, so there is no picture. Send it again, with more time.")
        case .queued, .running: return notDone(report)
        }
    }

    private static func notDone(_ report: JobReport) -> Refusal {
        let state =
            switch report.status.position {
            case let position?: "queued at position \(position)"
            case nil: report.status.state.rawValue
            }
        let seconds = report.secondsLeft.map { min(60, max(1, Int($0.rounded(.up)))) } ?? 1
        return Refusal(
            .conflict, code: "job_not_done",
            "The job is \(state): there is no picture yet. Ask again in \(seconds) s, or follow its events.", retryAfter: seconds)
    }
}
