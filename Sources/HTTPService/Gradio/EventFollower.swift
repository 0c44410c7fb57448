import JobQueue
import Serving

/// Tells a session of one job's life, from the queue to its end.
struct EventFollower: Sendable {
    let job: JobID
    let session: String
    let origin: String
    let service: JobService
    let desk: GradioDesk

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
        if last.status.state == .cancelled { await untilClientKnows() }
        post(await JobEnding(last, origin: origin, service: service).message)
    }

    /// Waits until the client that has cancelled the job no longer waits for its end: else it would raise that as an error.
    private func untilClientKnows() async {
        let pause = desk.configuration.pauseAfterCancel
        var waited = Duration.zero
        while !desk.resets.contains(job), waited < desk.configuration.patienceForReset {
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            waited += pause
        }
        try? await Task.sleep(for: pause)
    }

    private func post(_ message: QueueMessage) { desk.sessions.post(message, on: job.text, in: session) }

    private static let lost = "The job is no longer known. Please send the photo again."
}
