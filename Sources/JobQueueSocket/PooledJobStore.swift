package import JobQueue
import LocalCalls

/// The job store of a worker pool as its workers see it: every call goes to the pool's ``JobQueueServer``.
package struct PooledJobStore: JobStore {
    private let client: LocalClient

    /// How long the server may take to respond, beyond the time that a claim waits.
    private static let responseTimeout = Duration.seconds(10)
    private static let unexpected = JobStoreError.damaged("the supervisor sent a response of another kind than was requested.")

    /// A store behind the socket at `path`; it connects for its first call.
    package init(path: String) { client = LocalClient(path: path, limit: JobQueueServer.messageLimit) }

    /// Accepts a job.
    package func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        guard case .admission(let admission) = try await call(.add(submission)) else { throw Self.unexpected }
        return admission
    }

    /// Takes the next job, or waits for one.
    package func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim? {
        let end = ContinuousClock.now + timeout
        while !Task.isCancelled {
            let wait = max(.zero, min(end - .now, JobQueueServer.longestWait))
            let request = JobStoreRequest.claim(worker: worker, timeout: wait / .seconds(1))
            guard case .claim(let claim) = try await call(request, within: wait + Self.responseTimeout) else {
                throw Self.unexpected
            }
            if let claim { return claim }
            if ContinuousClock.now >= end { break }
        }
        return nil
    }

    /// Renews a worker's leases.
    package func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        guard case .lostLeases(let ids) = try await call(.renewLease(jobs, worker: worker)) else { throw Self.unexpected }
        return ids
    }

    /// Acknowledges a claim.
    package func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool {
        let request: JobStoreRequest =
            switch outcome {
            case .success(let result): .succeed(claim.withoutImage, result)
            case .failure(let error): .fail(claim.withoutImage, error)
            }
        guard case .finished(let isFinished) = try await call(request) else { throw Self.unexpected }
        return isFinished
    }

    /// Returns a claimed job to the queue.
    package func release(_ claim: JobClaim) async throws(JobStoreError) {
        guard case .released = try await call(.release(claim.withoutImage)) else { throw Self.unexpected }
    }

    /// Cancels a job.
    package func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        guard case .status(let statuses) = try await call(.cancel(id)) else { throw Self.unexpected }
        return statuses.first
    }

    /// The status of these jobs.
    package func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        guard case .status(let statuses) = try await call(.status(ids)) else { throw Self.unexpected }
        return Dictionary(statuses.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The picture of a job that is done.
    package func result(of id: JobID) async throws(JobStoreError) -> JobResult? {
        guard case .result(let result) = try await call(.result(id)) else { throw Self.unexpected }
        return result
    }

    /// How much the store holds.
    package func load() async throws(JobStoreError) -> JobStoreLoad {
        guard case .load(let load) = try await call(.load) else { throw Self.unexpected }
        return load
    }

    /// Expires, reclaims, dead-letters and removes what is due.
    package func sweep() async throws(JobStoreError) -> JobStoreSweep {
        guard case .sweep(let report) = try await call(.sweep) else { throw Self.unexpected }
        return report
    }

    /// Ends the connection. The pool's store stays open.
    package func close() async { client.close() }

    private func call(
        _ request: JobStoreRequest, within timeout: Duration = responseTimeout
    ) async throws(JobStoreError) -> JobStoreResponse {
        let response: JobStoreResponse
        do {
            let bytes = try await client.call(try JobStoreMessage.encode(request), within: timeout)
            response = try JobStoreMessage.decode(JobStoreResponse.self, from: bytes)
        } catch {
            throw .unavailable("\(error)")
        }
        if case .failure(let error) = response { throw error }
        return response
    }
}
