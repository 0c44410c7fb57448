import Foundation
package import JobQueue
import Logging

extension JobService {
    func enqueue(
        _ request: JobRequest, for caller: Caller, idempotency: JobSubmission.IdempotencyKey?
    ) async throws(JobError) -> JobReport {
        guard isTakingJobs else {
            throw JobError(.draining, "The server is stopping. Please try again in a moment.", retryAfter: 5)
        }
        let left = caller.timeout.map { $0 - caller.arrival.duration(to: .now) }
        if let left { try await refuseTheImpossible(within: left) }
        let submission = JobSubmission(
            client: caller.client, request: request, deadline: left.map { Date(timeIntervalSinceNow: $0 / .seconds(1)) },
            idempotency: idempotency, requestID: caller.requestID)
        switch try await adding(submission) {
        case .added(let position):
            metrics.jobAccepted()
            watch.nudge()
            let status = JobStatus(id: submission.id, state: .queued, submitted: submission.submitted, position: position)
            return await report(status)
        case .existing(let id):
            guard let report = try await report(on: id) else {
                throw JobError(
                    .overloaded, "The job of this Idempotency-Key has just been removed. Please send it again.", retryAfter: 1)
            }
            return report
        }
    }

    /// What is known of a job; nil when there is none.
    package func report(on id: JobID) async throws(JobError) -> JobReport? {
        guard let status = try await asking({ () throws(JobStoreError) in try await self.store.status(of: id) }) else {
            return nil
        }
        return await report(status)
    }

    /// The job's reports: the present one at once, then one at each change, up to its final state. Nil when there is no such job.
    /// Reports that come faster than they are read replace each other.
    package func reports(on id: JobID) async throws(JobError) -> AsyncStream<JobReport>? {
        guard let first = try await report(on: id) else { return nil }
        return watch.reports(on: id, first: first)
    }

    /// The picture of a job that is done; nil when it is not, or no longer there.
    package func result(of id: JobID) async throws(JobError) -> JobResult? {
        try await asking { () throws(JobStoreError) in try await self.store.result(of: id) }
    }

    /// Stops a job. Nil when there is none.
    package func cancel(_ id: JobID) async throws(JobError) -> JobReport? {
        guard let status = try await asking({ () throws(JobStoreError) in try await self.store.cancel(id) }) else { return nil }
        watch.nudge()
        return await report(status)
    }

    /// The status with the time that the job will probably take.
    func report(_ status: JobStatus) async -> JobReport {
        switch status.state {
        case .queued:
            let seconds = scheduler.secondsUntilDone(position: status.position ?? 1, workers: storeHealth.workers)
            return JobReport(status: status, secondsLeft: seconds)
        case .running:
            let seconds = scheduler.secondsUntilDone(position: 1, workers: 1)
            let share = status.progress.map { 1 - Double($0.layer) / Double(max(1, $0.layers)) } ?? 1
            return JobReport(status: status, secondsLeft: seconds * share)
        case .done, .failed, .cancelled, .expired: return JobReport(status: status)
        }
    }

    private func refuseTheImpossible(within left: Duration) async throws(JobError) {
        let load = try await asking { () throws(JobStoreError) in try await self.store.load() }
        let seconds = scheduler.secondsUntilDone(position: load.queued + 1, workers: load.workers)
        guard seconds > left / .seconds(1) else { return }
        let wait = max(1, Int((seconds - left / .seconds(1)).rounded(.up)))
        throw JobError(
            .expired,
            "This picture would take about \(Int(seconds.rounded(.up))) seconds, more than the time that the request allows.",
            retryAfter: wait)
    }

    /// Adds to the store, and remembers when that was full.
    private func adding(_ submission: JobSubmission) async throws(JobError) -> JobAdmission {
        do {
            let admission = try await store.add(submission)
            storeHealth.note(nil)
            return admission
        } catch {
            let refusal = clientError(error)
            switch error {
            case .tooManyJobs: fullQueue.note(refusal, bytes: 0)
            case .tooManyBytes: fullQueue.note(refusal, bytes: submission.request.image.count)
            default: break
            }
            throw refusal
        }
    }

    /// The store's answer; its errors become the client's.
    private func asking<Answer: Sendable>(
        _ question: () async throws(JobStoreError) -> Answer
    ) async throws(JobError) -> Answer {
        do {
            let answer = try await question()
            storeHealth.note(nil)
            return answer
        } catch {
            throw clientError(error)
        }
    }

    private func clientError(_ error: JobStoreError) -> JobError {
        switch error {
        case .tooManyJobs, .tooManyBytes:
            let seconds = scheduler.secondsUntilDone(position: policy.workers, workers: 1)
            return JobError(.overloaded, error.description, retryAfter: min(60, max(1, Int(seconds.rounded(.up)))))
        case .keyReused: return JobError(.conflict, error.description)
        case .unavailable, .damaged:
            if storeHealth.note(error.description) { logger.error("\(error.description)") }
            return JobError(
                .storeUnavailable, "The queue is not available at the moment. Please try again in a moment.", retryAfter: 5)
        }
    }
}
