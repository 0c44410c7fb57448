import Foundation
import JobQueue
import Serving

/// How a job came out, as Gradio's clients are told.
enum JobEnding: Sendable {
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

    private static func picture(of status: JobStatus, origin: String, service: JobService) async -> JobEnding {
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
