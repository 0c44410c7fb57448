/// Where queued jobs and their results are kept. Four stores pass one test suite: memory, SQLite, Redis, and the socket of a worker
/// pool (`PooledJobStore`).
///
/// A job that `add` has accepted is not lost within what its store promises (memory: while the process lives; SQLite and Redis: also
/// after a `kill -9` at any instant). It reaches exactly one final state; it may be started more often than once, but it is finished
/// once. Clients share the workers fairly (`StartTimeFairQueue`).
///
/// Every call may come from any task. Blocking work runs on the store's own thread.
package protocol JobStore: Sendable {
    /// Accepts a job. When this returns `added`, the store's promise holds.
    func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission

    /// Takes the next job for `worker` and marks it `running`; waits up to `timeout` for one.
    ///
    /// The claim is a lease of `JobStoreLimits.leaseDuration`: unless it is renewed with `renewLease`, the job goes to another worker.
    /// - Returns: nil when the timeout has passed or the task is cancelled.
    func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim?

    /// Renews the leases of `worker` on these jobs, and reports their progress where it is not nil.
    /// - Returns: the jobs whose lease is lost (cancelled, removed, or claimed by another worker); their work should stop.
    func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID>

    /// Acknowledges a claim with a result or an error.
    /// - Returns: false when the lease was lost; nothing changes then.
    func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool

    /// Returns a claimed job to the front of its client's jobs, as at a shutdown. The attempt does not count.
    func release(_ claim: JobClaim) async throws(JobStoreError)

    /// Cancels a job. Its worker learns of it through `renewLease`; a result that it sends before that is dropped. Final jobs do not
    /// change.
    /// - Returns: the status after that; nil when there is no such job.
    func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus?

    /// The status of these jobs, in one round trip. Unknown and removed jobs are left out.
    func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus]

    /// The picture of a job that is `done`; nil when it is not, or was removed.
    func result(of id: JobID) async throws(JobStoreError) -> JobResult?

    /// How much the store holds.
    func load() async throws(JobStoreError) -> JobStoreLoad

    /// Expires jobs whose deadline has passed, reclaims jobs whose lease has expired, dead-letters those that have used up their
    /// attempts, and removes final jobs whose lifetime is over or that exceed the limits. Every process on the store calls it about
    /// once a second.
    func sweep() async throws(JobStoreError) -> JobStoreSweep

    /// Ends the store's threads and connections. Later calls throw `unavailable`.
    func close() async
}

extension JobStore {
    /// The status of one job; nil when it is unknown or was removed.
    package func status(of id: JobID) async throws(JobStoreError) -> JobStatus? {
        try await status(of: [id])[id]
    }
}

/// How a store answers a submission.
package enum JobAdmission: Sendable, Equatable, Codable {
    /// Accepted at this position of the queue (1 is next).
    case added(position: Int)
    /// The idempotency key or the id is known: this earlier job stands for the new one.
    case existing(JobID)
}

/// A worker's lease on a job.
package struct JobClaim: Sendable, Equatable, Codable {
    /// The job.
    package var submission: JobSubmission
    /// Who works on it.
    package var worker: String
    /// The number of this start, from 1. It tells a lost claim from the one that replaced it.
    package var attempt: Int

    /// Makes a claim.
    package init(submission: JobSubmission, worker: String, attempt: Int) {
        self.submission = submission
        self.worker = worker
        self.attempt = attempt
    }
}

/// How much a store holds.
package struct JobStoreLoad: Sendable, Equatable, Codable {
    /// Jobs that wait.
    package var queued: Int
    /// Their encoded images, in bytes.
    package var queuedBytes: Int
    /// Jobs that run, in all processes on the store.
    package var running: Int
    /// Results, in bytes.
    package var resultBytes: Int
    /// Processes on this store, this one included; 1 where it cannot be shared.
    package var workers: Int

    /// Makes a load.
    package init(queued: Int = 0, queuedBytes: Int = 0, running: Int = 0, resultBytes: Int = 0, workers: Int = 1) {
        self.queued = queued
        self.queuedBytes = queuedBytes
        self.running = running
        self.resultBytes = resultBytes
        self.workers = workers
    }
}

/// What one `sweep` did, in jobs.
package struct JobStoreSweep: Sendable, Equatable, Codable {
    /// Expired before their start.
    package var expired: Int
    /// Returned to the queue because their lease had expired.
    package var reclaimed: Int
    /// Failed for good, because their lease expired once too often.
    package var deadLettered: Int
    /// Final jobs removed, with their results.
    package var removed: Int

    /// Makes a report.
    package init(expired: Int = 0, reclaimed: Int = 0, deadLettered: Int = 0, removed: Int = 0) {
        self.expired = expired
        self.reclaimed = reclaimed
        self.deadLettered = deadLettered
        self.removed = removed
    }
}

/// Why a call to a store failed.
package enum JobStoreError: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// The limit of waiting jobs is reached.
    case tooManyJobs(limit: Int)
    /// The limit of bytes of waiting images is reached.
    case tooManyBytes(limit: Int)
    /// The idempotency key was used before with another request.
    case keyReused
    /// The store cannot be reached or cannot write now. The reason goes to the log and to `/health/ready`.
    case unavailable(String)
    /// The store's contents cannot be read. The reason says what to do.
    case damaged(String)

    package var description: String {
        switch self {
        case .tooManyJobs(let limit): "The queue is full: \(limit) jobs are waiting. Please try again later."
        case .tooManyBytes(let limit):
            "The queue is full: the waiting pictures take all of its \(limit) bytes. Please try again later, or send a smaller picture."
        case .keyReused: "This Idempotency-Key was used before with another request. Use a new key for a new request."
        case .unavailable(let reason): "The job store is not available: \(reason)"
        case .damaged(let reason): "The job store is damaged: \(reason)"
        }
    }
}
