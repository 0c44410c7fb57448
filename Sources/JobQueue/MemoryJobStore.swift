import Synchronization

/// Keeps jobs in this process's memory: they are lost when it ends.
package final class MemoryJobStore: JobStore {
    /// Nil once closed.
    private let table: Mutex<MemoryJobTable?>
    private let clock: JobClock
    private let notifications: JobNotifications

    /// Makes an empty store.
    ///
    /// - Parameter onWait: called each time a claim has begun to wait for a job.
    package init(
        limits: JobStoreLimits = JobStoreLimits(), clock: JobClock = .system, onWait: @escaping @Sendable () -> Void = {}
    ) {
        table = Mutex(MemoryJobTable(limits: limits))
        self.clock = clock
        notifications = JobNotifications(onWait: onWait)
    }

    /// Accepts a job.
    package func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        let admission = try withTable { table, _ throws(JobStoreError) in try table.add(submission) }
        if case .added = admission { notifications.notify() }
        return admission
    }

    /// Takes the next job, or waits for one.
    package func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim? {
        try await notifications.claim(waitingUpTo: timeout) { () throws(JobStoreError) in
            try withTable { table, time in table.claim(by: worker, at: time) }
        }
    }

    /// Renews a worker's leases.
    package func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        try withTable { table, time in table.renewLease(jobs, by: worker, at: time) }
    }

    /// Acknowledges a claim.
    package func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool {
        try withTable { table, time in table.finish(claim, with: outcome, at: time) }
    }

    /// Returns a claimed job to the queue.
    package func release(_ claim: JobClaim) async throws(JobStoreError) {
        if try withTable({ table, _ in table.release(claim) }) { notifications.notify() }
    }

    /// Cancels a job.
    package func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        try withTable { table, time in table.cancel(id, at: time) }
    }

    /// The status of these jobs.
    package func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        try withTable { table, _ in
            ids.reduce(into: [:]) { all, id in all[id] = table.status(of: id) }
        }
    }

    /// The picture of a job that is done.
    package func result(of id: JobID) async throws(JobStoreError) -> JobResult? {
        try withTable { table, _ in table.jobs[id]?.result }
    }

    /// How much the store holds.
    package func load() async throws(JobStoreError) -> JobStoreLoad {
        try withTable { table, _ in table.load }
    }

    /// Expires, reclaims, dead-letters and removes what is due.
    package func sweep() async throws(JobStoreError) -> JobStoreSweep {
        let report = try withTable { table, time in table.sweep(at: time) }
        if report.reclaimed > 0 { notifications.notify() }
        return report
    }

    /// Drops all jobs.
    package func close() async {
        table.withLock { $0 = nil }
        notifications.notify()
    }

    private func withTable<Answer: Sendable>(
        _ body: (inout MemoryJobTable, JobClock.Reading) throws(JobStoreError) -> Answer
    ) throws(JobStoreError) -> Answer {
        let time = clock.read()
        return try table.withLock { table throws(JobStoreError) in
            // In place, not through a copy: a table that is held twice would copy its contents at the first change.
            guard table != nil else { throw .unavailable("it has been closed.") }
            return try body(&table!, time)
        }
    }
}
