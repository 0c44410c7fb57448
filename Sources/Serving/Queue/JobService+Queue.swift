import Foundation
package import JobQueue
import Logging

/// Jobs in the store: submitting, following and cancelling them.
extension JobService {
    /// Adds a job to the queue, whatever the load.
    /// - Throws: the errors of a direct request that can be known beforehand; `conflict` for an idempotency key used for another request.
    package func submit(
        _ request: JobRequest, for context: ClientContext, idempotency: JobSubmission.IdempotencyKey? = nil
    ) async throws(JobError) -> JobReport {
        // A repeated submission gets the earlier job even when the queue is full now.
        if idempotency == nil, let rejection = queueFullCache.rejection(bytes: request.image.count) { throw rejection }
        _ = try await handler.prepare(request)
        return try await enqueue(request, for: context, idempotency: idempotency)
    }

    func enqueue(
        _ request: JobRequest, for context: ClientContext, idempotency: JobSubmission.IdempotencyKey?
    ) async throws(JobError) -> JobReport {
        guard isTakingJobs else {
            throw JobError(.draining, "The server is stopping. Please try again in a moment.", retryAfter: 5)
        }
        let timeLeft = context.timeout.map { $0 - context.arrival.duration(to: .now) }
        if let timeLeft { try await rejectIfUnreachable(within: timeLeft) }
        let submission = JobSubmission(
            client: context.client, request: request,
            deadline: timeLeft.map { Date(timeIntervalSinceNow: $0 / .seconds(1)) }, idempotency: idempotency,
            requestID: context.requestID)
        switch try await add(submission) {
        case .added(let position):
            metrics.jobAccepted()
            statusBroadcaster.notify()
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

    /// The job's status; nil if there is no such job.
    package func report(on id: JobID) async throws(JobError) -> JobReport? {
        guard let status = try await withStore({ () throws(JobStoreError) in try await self.store.status(of: id) }) else {
            return nil
        }
        return await report(status)
    }

    /// The job's reports: the present one at once, then one for each change, up to its final state. Nil if there is no such job.
    /// A report that is not read before the next one is replaced by it.
    package func reports(on id: JobID) async throws(JobError) -> AsyncStream<JobReport>? {
        guard let first = try await report(on: id) else { return nil }
        return statusBroadcaster.reports(on: id, first: first)
    }

    /// The picture of a finished job; nil if the job has not finished, or its picture has been removed.
    package func result(of id: JobID) async throws(JobError) -> JobResult? {
        try await withStore { () throws(JobStoreError) in try await self.store.result(of: id) }
    }

    /// Cancels a job. Nil if there is no such job.
    package func cancel(_ id: JobID) async throws(JobError) -> JobReport? {
        guard let status = try await withStore({ () throws(JobStoreError) in try await self.store.cancel(id) }) else {
            return nil
        }
        statusBroadcaster.notify()
        return await report(status)
    }

    /// Adds the predicted time to a status.
    func report(_ status: JobStatus) async -> JobReport {
        switch status.state {
        case .queued:
            let seconds = scheduler.secondsUntilDone(position: status.position ?? 1, workers: storeHealth.workers)
            return JobReport(status: status, secondsLeft: seconds)
        case .running:
            let seconds = scheduler.secondsUntilDone(position: 1, workers: 1)
            let remaining = status.progress.map { 1 - Double($0.layer) / Double(max(1, $0.layers)) } ?? 1
            return JobReport(status: status, secondsLeft: seconds * remaining)
        case .done, .failed, .cancelled, .expired: return JobReport(status: status)
        }
    }

    private func rejectIfUnreachable(within timeLeft: Duration) async throws(JobError) {
        let load = try await withStore { () throws(JobStoreError) in try await self.store.load() }
        let seconds = scheduler.secondsUntilDone(position: load.queued + 1, workers: load.workers)
        guard seconds > timeLeft / .seconds(1) else { return }
        let wait = max(1, Int((seconds - timeLeft / .seconds(1)).rounded(.up)))
        throw JobError(
            .expired,
            "This picture would take about \(Int(seconds.rounded(.up))) seconds, more than the time that the request allows.",
            retryAfter: wait)
    }

    /// Adds the job to the store, and remembers when the store is full.
    private func add(_ submission: JobSubmission) async throws(JobError) -> JobAdmission {
        do {
            let admission = try await store.add(submission)
            storeHealth.record(problem: nil)
            return admission
        } catch {
            let rejection = clientError(error)
            switch error {
            case .tooManyJobs: queueFullCache.record(rejection, bytes: 0)
            case .tooManyBytes: queueFullCache.record(rejection, bytes: submission.request.image.count)
            default: break
            }
            throw rejection
        }
    }

    /// Calls the store and turns its errors into the client's.
    private func withStore<Answer: Sendable>(
        _ body: () async throws(JobStoreError) -> Answer
    ) async throws(JobError) -> Answer {
        do {
            let answer = try await body()
            storeHealth.record(problem: nil)
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
            logStoreProblem(error)
            return JobError(
                .storeUnavailable, "The queue is not available at the moment. Please try again in a moment.", retryAfter: 5)
        }
    }

    /// Records that the store failed, and logs the first failure after a success.
    func logStoreProblem(_ error: JobStoreError) {
        if storeHealth.record(problem: error.description) { logger.error("\(error.description)") }
    }
}
