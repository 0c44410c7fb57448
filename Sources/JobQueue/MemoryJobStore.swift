import Synchronization

/// Keeps jobs in this process's memory: they live as long as it does.
package final class MemoryJobStore: JobStore {
    /// Nil once closed.
    private let ledger: Mutex<JobLedger?>
    private let clock: JobClock
    private let bell = JobBell()

    /// Makes an empty store.
    package init(limits: JobStoreLimits = JobStoreLimits(), clock: JobClock = .system) {
        ledger = Mutex(JobLedger(limits: limits))
        self.clock = clock
    }

    /// Keeps a job.
    package func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        let admission = try locked { ledger, _ throws(JobStoreError) in try ledger.add(submission) }
        if case .added = admission { bell.ring() }
        return admission
    }

    /// Takes the next job, waiting for one.
    package func claim(by worker: String, waitingUpTo patience: Duration) async throws(JobStoreError) -> JobClaim? {
        try await bell.claim(waitingUpTo: patience) { () throws(JobStoreError) in
            try locked { ledger, time in ledger.claim(by: worker, at: time) }
        }
    }

    /// Says that a worker lives.
    package func keep(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        try locked { ledger, time in ledger.keep(jobs, by: worker, at: time) }
    }

    /// Ends a claim.
    package func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool {
        try locked { ledger, time in ledger.finish(claim, with: outcome, at: time) }
    }

    /// Puts a claimed job back.
    package func giveBack(_ claim: JobClaim) async throws(JobStoreError) {
        if try locked({ ledger, _ in ledger.giveBack(claim) }) { bell.ring() }
    }

    /// Stops a job.
    package func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        try locked { ledger, time in ledger.cancel(id, at: time) }
    }

    /// What can be said of these jobs.
    package func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        try locked { ledger, _ in
            ids.reduce(into: [:]) { all, id in all[id] = ledger.status(of: id) }
        }
    }

    /// The picture of a job that is done.
    package func result(of id: JobID) async throws(JobStoreError) -> JobResult? {
        try locked { ledger, _ in ledger.jobs[id]?.result }
    }

    /// How much is in the store.
    package func load() async throws(JobStoreError) -> JobStoreLoad {
        try locked { ledger, _ in ledger.load }
    }

    /// Does what time asks for.
    package func sweep() async throws(JobStoreError) -> JobStoreSweep {
        let report = try locked { ledger, time in ledger.sweep(at: time) }
        if report.reclaimed > 0 { bell.ring() }
        return report
    }

    /// Lets all jobs go.
    package func close() async {
        ledger.withLock { $0 = nil }
        bell.ring()
    }

    private func locked<Answer: Sendable>(
        _ body: (inout JobLedger, JobClock.Reading) throws(JobStoreError) -> Answer
    ) throws(JobStoreError) -> Answer {
        let time = clock.read()
        return try ledger.withLock { ledger throws(JobStoreError) in
            // In place, not through a copy: a ledger that is held twice would copy its tables at the first change.
            guard ledger != nil else { throw .unavailable("it has been closed.") }
            return try body(&ledger!, time)
        }
    }
}
