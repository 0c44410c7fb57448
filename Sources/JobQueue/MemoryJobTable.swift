import Foundation

/// All jobs of a memory store as a value: every decision, without locks, tasks or clocks.
struct MemoryJobTable: Sendable {
    struct Job: Sendable {
        /// The image is dropped when the job is final.
        var submission: JobSubmission
        var tag: StartTimeFairQueue.Tag
        var state = JobState.queued
        var started: Date?
        var finished: Date?
        var attempts = 0
        var worker: String?
        /// When the worker last renewed the lease, in seconds of uptime.
        var lastRenewal = 0.0
        var progress: JobProgress?
        var failure: JobError?
        var result: JobResult?

        func isExpired(at date: Date) -> Bool { submission.deadline.map { $0 < date } ?? false }
    }

    private struct ClientKey: Hashable, Sendable {
        var client: String
        var key: String

        init?(_ submission: JobSubmission) {
            guard let idempotency = submission.idempotency else { return nil }
            client = submission.client
            key = idempotency.key
        }
    }

    let limits: JobStoreLimits
    private(set) var jobs: [JobID: Job] = [:]
    private var keys: [ClientKey: JobID] = [:]
    private var queue = StartTimeFairQueue()
    private var running: Set<JobID> = []
    /// Final jobs in the order in which they became so.
    private var finalJobs: [JobID] = []
    private var queuedBytes = 0
    private var resultBytes = 0

    init(limits: JobStoreLimits) { self.limits = limits }

    var load: JobStoreLoad {
        JobStoreLoad(queued: queue.count, queuedBytes: queuedBytes, running: running.count, resultBytes: resultBytes)
    }

    mutating func add(_ submission: JobSubmission) throws(JobStoreError) -> JobAdmission {
        if let existing = try existingJob(for: submission) { return .existing(existing) }
        let bytes = submission.request.image.count
        if queue.count >= limits.queuedJobs { throw .tooManyJobs(limit: limits.queuedJobs) }
        if bytes > limits.queuedBytes - queuedBytes { throw .tooManyBytes(limit: limits.queuedBytes) }
        let tag = queue.enqueue(submission.id, of: submission.client)
        jobs[submission.id] = Job(submission: submission, tag: tag)
        if let key = ClientKey(submission) { keys[key] = submission.id }
        queuedBytes += bytes
        return .added(position: queue.position(of: tag))
    }

    mutating func claim(by worker: String, at time: JobClock.Reading) -> JobClaim? {
        guard let id = queue.ids.first(where: { jobs[$0]?.isExpired(at: time.date) == false }), var job = jobs[id] else {
            return nil
        }
        queue.start(job.tag, of: job.submission.client)
        queuedBytes -= job.submission.request.image.count
        job.state = .running
        job.attempts += 1
        job.started = time.date
        job.worker = worker
        job.lastRenewal = time.uptime
        jobs[id] = job
        running.insert(id)
        return JobClaim(submission: job.submission, worker: worker, attempt: job.attempts)
    }

    mutating func renewLease(_ reports: [JobID: JobProgress?], by worker: String, at time: JobClock.Reading) -> Set<JobID> {
        var lost: Set<JobID> = []
        for (id, progress) in reports {
            if let job = jobs[id], job.state == .running, job.worker == worker {
                jobs[id]?.lastRenewal = time.uptime
                if let progress { jobs[id]?.progress = progress }
            } else {
                lost.insert(id)
            }
        }
        return lost
    }

    mutating func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>, at time: JobClock.Reading) -> Bool {
        guard isCurrent(claim) else { return false }
        switch outcome {
        case .success(let result):
            jobs[claim.submission.id]?.result = result
            resultBytes += result.bytes.count
            end(claim.submission.id, as: .done, at: time)
        case .failure(let error):
            end(claim.submission.id, as: .failed, because: error, at: time)
        }
        return true
    }

    /// Returns whether the job is queued again.
    mutating func release(_ claim: JobClaim) -> Bool {
        guard isCurrent(claim) else { return false }
        jobs[claim.submission.id]?.attempts -= 1
        requeue(claim.submission.id)
        return true
    }

    mutating func cancel(_ id: JobID, at time: JobClock.Reading) -> JobStatus? {
        if let job = jobs[id], !job.state.isFinal { end(id, as: .cancelled, at: time) }
        return status(of: id)
    }

    func status(of id: JobID) -> JobStatus? {
        guard let job = jobs[id] else { return nil }
        return JobStatus(
            id: id, state: job.state, submitted: job.submission.submitted, started: job.started, finished: job.finished,
            position: job.state == .queued ? queue.position(of: job.tag) : nil, progress: job.progress, failure: job.failure,
            attempts: job.attempts)
    }

    /// Puts a running job back under the tag that it had.
    private mutating func requeue(_ id: JobID) {
        guard var job = jobs[id] else { return }
        running.remove(id)
        job.state = .queued
        job.started = nil
        job.worker = nil
        job.progress = nil
        jobs[id] = job
        queue.requeue(id, of: job.submission.client, with: job.tag)
        queuedBytes += job.submission.request.image.count
    }

    /// Brings a queued or running job to a final state.
    private mutating func end(_ id: JobID, as state: JobState, because failure: JobError? = nil, at time: JobClock.Reading) {
        guard var job = jobs[id] else { return }
        if job.state == .queued {
            queue.withdraw(job.tag, of: job.submission.client)
            queuedBytes -= job.submission.request.image.count
        }
        running.remove(id)
        job.state = state
        job.finished = time.date
        job.failure = failure
        job.worker = nil
        job.progress = nil
        job.submission.request.image = []
        jobs[id] = job
        finalJobs.append(id)
    }

    private func isCurrent(_ claim: JobClaim) -> Bool {
        guard let job = jobs[claim.submission.id] else { return false }
        return job.state == .running && job.worker == claim.worker && job.attempts == claim.attempt
    }

    /// The earlier job with the same idempotency key or the same id.
    private func existingJob(for submission: JobSubmission) throws(JobStoreError) -> JobID? {
        if let key = ClientKey(submission), let existing = keys[key] {
            guard jobs[existing]?.submission.idempotency == submission.idempotency else { throw .keyReused }
            return existing
        }
        return jobs[submission.id] == nil ? nil : submission.id
    }
}

// MARK: Sweep

extension MemoryJobTable {
    mutating func sweep(at time: JobClock.Reading) -> JobStoreSweep {
        var report = JobStoreSweep()
        report.expired = expire(at: time)
        reclaim(at: time, into: &report)
        report.removed = removeFinalJobs(at: time)
        return report
    }

    private mutating func expire(at time: JobClock.Reading) -> Int {
        let late = queue.ids.filter { jobs[$0]?.isExpired(at: time.date) == true }
        for id in late { end(id, as: .expired, at: time) }
        return late.count
    }

    private mutating func reclaim(at time: JobClock.Reading, into report: inout JobStoreSweep) {
        for id in running {
            guard let job = jobs[id], time.uptime - job.lastRenewal >= limits.leaseSeconds else { continue }
            if job.attempts >= limits.attempts {
                end(id, as: .failed, because: .workerDied(times: job.attempts), at: time)
                report.deadLettered += 1
            } else {
                requeue(id)
                report.reclaimed += 1
            }
        }
    }

    /// Removes final jobs whose lifetime is over, and of the others the oldest beyond the byte limit and beyond the count limit.
    private mutating func removeFinalJobs(at time: JobClock.Reading) -> Int {
        let all = finalJobs
        finalJobs = []
        for id in all where isLifetimeOver(id, at: time) { remove(id) }
        var rest = all.filter { jobs[$0] != nil }[...]
        while rest.count > JobStoreLimits.finalJobs { remove(rest.removeFirst()) }
        for id in rest where resultBytes > limits.resultBytes && jobs[id]?.result != nil { remove(id) }
        finalJobs = rest.filter { jobs[$0] != nil }
        return all.count - finalJobs.count
    }

    private func isLifetimeOver(_ id: JobID, at time: JobClock.Reading) -> Bool {
        guard let finished = jobs[id]?.finished else { return true }
        return time.date.timeIntervalSince(finished) >= limits.resultSeconds
    }

    private mutating func remove(_ id: JobID) {
        guard let job = jobs.removeValue(forKey: id) else { return }
        resultBytes -= job.result?.bytes.count ?? 0
        if let key = ClientKey(job.submission) { keys[key] = nil }
    }
}
