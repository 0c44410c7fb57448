import JobQueue

/// What a store should hold after a run of calls, as simply as it can be said. It does not know in which order jobs are claimed:
/// that is checked against the positions that the store itself names.
struct StoreModel {
    struct Job {
        var bytes: Int
        var deadline: Int?
        var state = JobState.queued
        var attempts = 0
        var worker: String?
        /// When the worker was last heard, or the job became final; in model time.
        var since = 0
        var resultBytes = 0
    }

    let limits: JobStoreLimits
    /// Thousands of seconds that the test has turned the clock on; limits and deadlines lie at halves, so that the time that
    /// a test really takes changes nothing.
    var time = 0
    private(set) var jobs: [JobID: Job] = [:]

    init(limits: JobStoreLimits) { self.limits = limits }

    func ids(_ state: JobState) -> [JobID] { jobs.filter { $0.value.state == state }.map(\.key) }

    /// Whether a queued job may still be started.
    func isFresh(_ id: JobID) -> Bool { jobs[id]?.deadline.map { $0 >= time } ?? true }

    var load: JobStoreLoad {
        let queued = jobs.values.filter { $0.state == .queued }
        return JobStoreLoad(
            queued: queued.count, queuedBytes: queued.map(\.bytes).reduce(0, +),
            running: jobs.values.count { $0.state == .running },
            resultBytes: jobs.values.map(\.resultBytes).reduce(0, +))
    }

    /// The error that `add` should throw for a picture of so many bytes.
    func refusal(bytes: Int) -> JobStoreError? {
        if load.queued >= limits.queuedJobs { return .tooManyJobs(limit: limits.queuedJobs) }
        if load.queuedBytes + bytes > limits.queuedBytes { return .tooManyBytes(limit: limits.queuedBytes) }
        return nil
    }

    mutating func add(_ id: JobID, bytes: Int, deadline: Int?) {
        jobs[id] = Job(bytes: bytes, deadline: deadline)
    }

    mutating func claim(_ id: JobID, by worker: String) {
        jobs[id]?.state = .running
        jobs[id]?.attempts += 1
        jobs[id]?.worker = worker
        jobs[id]?.since = time
    }

    /// Whether this claim still holds.
    func holds(_ claim: JobClaim) -> Bool {
        guard let job = jobs[claim.submission.id] else { return false }
        return job.state == .running && job.worker == claim.worker && job.attempts == claim.attempt
    }

    mutating func renewLease(_ id: JobID) { jobs[id]?.since = time }

    mutating func release(_ id: JobID) {
        jobs[id]?.state = .queued
        jobs[id]?.attempts -= 1
    }

    mutating func end(_ id: JobID, as state: JobState, resultBytes: Int = 0) {
        jobs[id]?.state = state
        jobs[id]?.since = time
        jobs[id]?.resultBytes = resultBytes
    }

    /// What a sweep does for certain. Which results go for the byte budget is left to `forget`.
    mutating func sweep(leaseDuration: Int, resultLifetime: Int) -> JobStoreSweep {
        var report = JobStoreSweep()
        for (id, job) in jobs {
            if job.state == .queued, !isFresh(id) {
                end(id, as: .expired)
                report.expired += 1
            } else if job.state == .running, time - job.since > leaseDuration {
                if job.attempts >= limits.attempts {
                    end(id, as: .failed)
                    report.deadLettered += 1
                } else {
                    jobs[id]?.state = .queued
                    report.reclaimed += 1
                }
            } else if job.state.isFinal, time - job.since > resultLifetime {
                jobs[id] = nil
                report.removed += 1
            }
        }
        return report
    }

    /// Lets jobs go that the store has removed.
    mutating func forget(_ id: JobID) { jobs[id] = nil }
}
