import Dispatch
import GRDB
package import JobQueue
import Synchronization

/// Keeps jobs in an SQLite file: accepted jobs survive a `kill -9` and a loss of power. One process at a time uses a file.
///
/// Every call is one transaction on the connection's own thread, and a write returns when it is on the disk.
package final class SQLiteJobStore: JobStore {
    private struct State {
        var isClosed = false
        /// What opening the file did; the next sweep reports it.
        var unreported: JobStoreSweep
    }

    private let file: JobFile
    private let limits: JobStoreLimits
    private let clock: JobClock
    private let leases = LeaseTable()
    private let notifications: JobNotifications
    private let state: Mutex<State>

    /// Opens or makes the file at `path`, and requeues the jobs that ran when its last process ended. Blocks meanwhile.
    ///
    /// - Parameters:
    ///   - maximumFileBytes: largest size of the file; nil: only the disk limits it.
    ///   - onWait: called each time a claim has begun to wait for a job.
    /// - Throws: `unavailable` when the file cannot be used now (another process has it, no permission, no space), `damaged` when it
    ///   is no job file of this version; the reason names the file and says what to do.
    package init(
        path: String, limits: JobStoreLimits = JobStoreLimits(), clock: JobClock = .system, maximumFileBytes: Int? = nil,
        onWait: @escaping @Sendable () -> Void = {}
    ) throws(JobStoreError) {
        let file = try JobFile(path: path, maximumBytes: maximumFileBytes)
        let leases = self.leases
        let report = try file.now { db in
            try JobTable(db: db, limits: limits, leases: leases, time: clock.read()).reclaimAll()
        }
        self.file = file
        self.limits = limits
        self.clock = clock
        notifications = JobNotifications(onWait: onWait)
        state = Mutex(State(unreported: report))
    }

    /// Accepts a job; it is on the disk when this returns.
    package func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        let admission = try await perform { try $0.add(submission) }
        if case .added = admission { notifications.notify() }
        return admission
    }

    /// Takes the next job, or waits for one.
    package func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim? {
        try await notifications.claim(waitingUpTo: timeout) { () async throws(JobStoreError) in
            try await perform { try $0.claim(by: worker) }
        }
    }

    /// Renews a worker's leases. Writes nothing to the disk.
    package func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        try await perform { try $0.renewLease(jobs, by: worker) }
    }

    /// Acknowledges a claim.
    package func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool {
        try await perform { try $0.finish(claim, with: outcome) }
    }

    /// Returns a claimed job to the queue.
    package func release(_ claim: JobClaim) async throws(JobStoreError) {
        if try await perform({ try $0.release(claim) }) { notifications.notify() }
    }

    /// Cancels a job.
    package func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        try await perform { try $0.cancel(id) }
    }

    /// The status of these jobs.
    package func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        try await perform { table in
            try ids.reduce(into: [:]) { all, id in all[id] = try table.status(of: id) }
        }
    }

    /// The picture of a job that is done.
    package func result(of id: JobID) async throws(JobStoreError) -> JobResult? {
        try await perform { try $0.result(of: id) }
    }

    /// How much the file holds.
    package func load() async throws(JobStoreError) -> JobStoreLoad {
        try await perform { try $0.load() }
    }

    /// Expires, reclaims, dead-letters and removes what is due. The first report includes what opening the file did.
    package func sweep() async throws(JobStoreError) -> JobStoreSweep {
        var report = try await perform { try $0.sweep() }
        if report.reclaimed > 0 { notifications.notify() }
        let opening = state.withLock { state in
            defer { state.unreported = JobStoreSweep() }
            return state.unreported
        }
        report.reclaimed += opening.reclaimed
        report.deadLettered += opening.deadLettered
        return report
    }

    /// Closes the file and lets other processes have it.
    package func close() async {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        notifications.notify()
        if isFirst { await file.close() }
    }

    private func perform<Answer: Sendable>(
        _ body: @escaping @Sendable (JobTable) throws -> Answer
    ) async throws(JobStoreError) -> Answer {
        if state.withLock(\.isClosed) { throw SQLiteFailure.closed }
        return try await file.later { [limits, leases, clock] db in
            try body(JobTable(db: db, limits: limits, leases: leases, time: clock.read()))
        }
    }
}
