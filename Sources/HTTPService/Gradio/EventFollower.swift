import JobQueue
import Serving

/// Tells a session of one job's life, from the queue to its end.
struct EventFollower: Sendable {
    let job: JobID
    let session: String
    let origin: String
    let service: JobService
    let sessions: GradioSessions
    let pauseAfterCancel: Duration

    /// Returns when the job has ended, or the service stops.
    func run() async {
        let reports: AsyncStream<JobReport>?
        do throws(JobError) {
            reports = try await service.reports(on: job)
        } catch {
            return post(.failed(error.message))
        }
        guard let reports else { return post(.failed(Self.lost)) }
        var narrator = EventNarrator()
        var last: JobReport?
        for await report in reports {
            last = report
            if report.status.state.isFinal { break }
            let queueSize = service.snapshot.store.queued
            for message in narrator.messages(on: report, queueSize: queueSize) { post(message) }
        }
        guard let last else { return post(.failed(Self.lost)) }
        if last.status.state == .cancelled { try? await Task.sleep(for: pauseAfterCancel) }
        post(await JobEnding(last, origin: origin, service: service).message)
    }

    private func post(_ message: QueueMessage) { sessions.post(message, on: job.text, in: session) }

    private static let lost = "The job is no longer known. Please send the photo again."
}
