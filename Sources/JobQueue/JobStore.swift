/// Where queued jobs and their results are kept. Three stores pass one test suite: memory, SQLite, Redis.
///
/// A job that `add` has taken is never lost within what its store promises (memory: the process's life; SQLite and Redis: also a
/// `kill -9` at any instant): it reaches one final state, and its work is finished once, though it may be begun more often.
/// Clients take turns: one client's thousand jobs do not keep another's one waiting for more than a few.
///
/// Every call may come from any task, and blocking work runs on the store's own thread.
package protocol JobStore: Sendable {
    /// Keeps a job. When this returns `added`, the store's promise holds.
    func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission

    /// Takes the next job for `worker`, waiting up to `patience` for one. The job is `running` from then on.
    /// Unless kept alive with `keep` it is given to another worker after the store's claim time.
    /// Returns nil when the time is over or the task is cancelled.
    func claim(by worker: String, waitingUpTo patience: Duration) async throws(JobStoreError) -> JobClaim?

    /// Says that `worker` still works on these jobs, and how far it is. Returns those on which work should stop: cancelled, gone, or
    /// taken over by another worker.
    func keep(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID>

    /// Ends a claim with a result or the reason for none. False when the claim was lost (cancelled, or taken over): nothing changes then.
    func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool

    /// Puts a claimed job back to the front of its client's jobs, as at a shutdown. The attempt does not count.
    func giveBack(_ claim: JobClaim) async throws(JobStoreError)

    /// Stops a job: one that waits is `cancelled` at once; of one that runs the worker learns through `keep` (a result that comes
    /// before it has is thrown away). Returns the status after that; nil when there is no such job. Final jobs stay as they are.
    func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus?

    /// What can be said of these jobs, in one round trip. Jobs that are not (or no longer) there are left out.
    func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus]

    /// The picture of a job that is `done`; nil when it is not, or no longer there.
    func result(of id: JobID) async throws(JobStoreError) -> JobResult?

    /// How much is in the store.
    func load() async throws(JobStoreError) -> JobStoreLoad

    /// Does what time asks for: expires jobs whose deadline has passed, takes claims back from workers that have gone silent, fails
    /// jobs that have killed their third worker, removes final jobs whose time is over and the oldest beyond the byte budget.
    /// Called every second or so by every process on the store.
    func sweep() async throws(JobStoreError) -> JobStoreSweep

    /// Ends the store's threads and connections. Calls after it throw `unavailable`.
    func close() async
}

extension JobStore {
    /// What can be said of one job; nil when it is not (or no longer) there.
    package func status(of id: JobID) async throws(JobStoreError) -> JobStatus? {
        try await status(of: [id])[id]
    }
}

/// What became of a job offered to a store.
package enum JobAdmission: Sendable, Equatable {
    /// It is in, at this position (1 is next).
    case added(position: Int)
    /// Its idempotency key is known: this earlier job is the answer.
    case existing(JobID)
}

/// A job in a worker's hands.
package struct JobClaim: Sendable, Equatable {
    /// The job.
    package var submission: JobSubmission
    /// Who works on it.
    package var worker: String
    /// The how-manieth start this is, from 1. A claim that was lost and taken over has another number, so that the two can't be mixed up.
    package var attempt: Int

    /// Makes a claim.
    package init(submission: JobSubmission, worker: String, attempt: Int) {
        self.submission = submission
        self.worker = worker
        self.attempt = attempt
    }
}

/// How much is in a store.
package struct JobStoreLoad: Sendable, Equatable {
    /// Jobs that wait.
    package var queued: Int
    /// Their encoded pictures, in bytes.
    package var queuedBytes: Int
    /// Jobs in workers' hands, of all processes.
    package var running: Int
    /// Results kept, in bytes.
    package var resultBytes: Int
    /// Workers that share this store, this one included; 1 where it cannot be shared.
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
package struct JobStoreSweep: Sendable, Equatable {
    /// Expired before their start.
    package var expired: Int
    /// Taken back from silent workers, to be run again.
    package var reclaimed: Int
    /// Failed for good, because they killed their worker three times.
    package var parked: Int
    /// Final jobs removed, with their results.
    package var removed: Int

    /// Makes a report.
    package init(expired: Int = 0, reclaimed: Int = 0, parked: Int = 0, removed: Int = 0) {
        self.expired = expired
        self.reclaimed = reclaimed
        self.parked = parked
        self.removed = removed
    }
}
