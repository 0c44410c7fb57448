import Dispatch
import GRDB
package import JobQueue
import Synchronization

/// Keeps jobs in an SQLite file: what `add` has taken survives a `kill -9` and a loss of power. One process at a time uses a file.
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
    private let beats = Heartbeats()
    private let bell = JobBell()
    private let state: Mutex<State>

    /// Opens the file at `path`, made if it is missing, and puts back the jobs that ran when the last process died. Blocks while it
    /// does so. `maximumFileBytes` bounds the file; by default only the disk does.
    /// Errors: `unavailable` when the file can't be used now (another process has it, no permission, no space), `damaged` when it is no
    /// job file of this version; the reasons name the file and say what to do.
    package init(
        path: String, limits: JobStoreLimits = JobStoreLimits(), clock: JobClock = .system, maximumFileBytes: Int? = nil
    ) throws(JobStoreError) {
        let file = try JobFile(path: path, maximumBytes: maximumFileBytes)
        let beats = self.beats
        let report = try file.now { db in
            try JobTable(db: db, limits: limits, beats: beats, time: clock.read()).takeAllBack()
        }
        self.file = file
        self.limits = limits
        self.clock = clock
        state = Mutex(State(unreported: report))
    }

    /// Keeps a job; it is on the disk when this returns.
    package func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        let admission = try await perform { try $0.add(submission) }
        if case .added = admission { bell.ring() }
        return admission
    }

    /// Takes the next job, waiting for one.
    package func claim(by worker: String, waitingUpTo patience: Duration) async throws(JobStoreError) -> JobClaim? {
        try await bell.claim(waitingUpTo: patience) { () async throws(JobStoreError) in
            try await perform { try $0.claim(by: worker) }
        }
    }

    /// Says that a worker lives. Writes nothing to the disk.
    package func keep(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        try await perform { try $0.keep(jobs, by: worker) }
    }

    /// Ends a claim.
    package func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool {
        try await perform { try $0.finish(claim, with: outcome) }
    }

    /// Puts a claimed job back.
    package func giveBack(_ claim: JobClaim) async throws(JobStoreError) {
        if try await perform({ try $0.giveBack(claim) }) { bell.ring() }
    }

    /// Stops a job.
    package func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        try await perform { try $0.cancel(id) }
    }

    /// What can be said of these jobs.
    package func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        try await perform { table in
            try ids.reduce(into: [:]) { all, id in all[id] = try table.status(of: id) }
        }
    }

    /// The picture of a job that is done.
    package func result(of id: JobID) async throws(JobStoreError) -> JobResult? {
        try await perform { try $0.result(of: id) }
    }

    /// How much is in the file.
    package func load() async throws(JobStoreError) -> JobStoreLoad {
        try await perform { try $0.load() }
    }

    /// Does what time asks for. The first report includes what opening the file did.
    package func sweep() async throws(JobStoreError) -> JobStoreSweep {
        var report = try await perform { try $0.sweep() }
        if report.reclaimed > 0 { bell.ring() }
        let opening = state.withLock { state in
            defer { state.unreported = JobStoreSweep() }
            return state.unreported
        }
        report.reclaimed += opening.reclaimed
        report.parked += opening.parked
        return report
    }

    /// Closes the file and lets other processes have it.
    package func close() async {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        bell.ring()
        if isFirst { await file.close() }
    }

    private func perform<Answer: Sendable>(
        _ body: @escaping @Sendable (JobTable) throws -> Answer
    ) async throws(JobStoreError) -> Answer {
        if state.withLock(\.isClosed) { throw StoreFailure.closed }
        return try await file.later { [limits, beats, clock] db in
            try body(JobTable(db: db, limits: limits, beats: beats, time: clock.read()))
        }
    }
}
