import Foundation

/// All jobs of a memory store as a value: every decision, without locks, tasks or clocks.
struct JobLedger: Sendable {
    struct Job: Sendable {
        /// Its picture is let go when the job is final.
        var submission: JobSubmission
        var place: TurnLine.Place
        var state = JobState.queued
        var started: Date?
        var finished: Date?
        var attempts = 0
        var worker: String?
        /// When the worker was last heard, in uptime.
        var heard = 0.0
        var progress: JobProgress?
        var failure: JobError?
        var result: JobResult?
    }

    struct ClientKey: Hashable, Sendable {
        var client: String
        var key: String
    }

    let limits: JobStoreLimits
    var jobs: [JobID: Job] = [:]
    var keys: [ClientKey: JobID] = [:]
    var line = TurnLine()
    var running: Set<JobID> = []
    /// Final jobs in the order in which they became so.
    var finals: [JobID] = []
    private(set) var queuedBytes = 0
    var resultBytes = 0

    init(limits: JobStoreLimits) { self.limits = limits }

    mutating func add(_ submission: JobSubmission) throws(JobStoreError) -> JobAdmission {
        if let earlier = try known(submission) { return .existing(earlier) }
        let bytes = submission.request.image.count
        if line.count >= limits.queuedJobs { throw .tooManyJobs(limit: limits.queuedJobs) }
        if bytes > limits.queuedBytes - queuedBytes { throw .tooManyBytes(limit: limits.queuedBytes) }
        let place = line.join(submission.id, of: submission.client)
        jobs[submission.id] = Job(submission: submission, place: place)
        if let key = submission.clientKey { keys[key] = submission.id }
        queuedBytes += bytes
        return .added(position: line.position(of: place))
    }

    mutating func claim(by worker: String, at time: JobClock.Reading) -> JobClaim? {
        guard let id = line.ids.first(where: { jobs[$0]?.isExpired(at: time.date) == false }), var job = jobs[id] else {
            return nil
        }
        line.serve(of: job.submission.client, from: job.place)
        queuedBytes -= job.submission.request.image.count
        job.state = .running
        job.attempts += 1
        job.started = time.date
        job.worker = worker
        job.heard = time.uptime
        jobs[id] = job
        running.insert(id)
        return JobClaim(submission: job.submission, worker: worker, attempt: job.attempts)
    }

    mutating func keep(_ reports: [JobID: JobProgress?], by worker: String, at time: JobClock.Reading) -> Set<JobID> {
        var stop: Set<JobID> = []
        for (id, progress) in reports {
            if let job = jobs[id], job.state == .running, job.worker == worker {
                jobs[id]?.heard = time.uptime
                if let progress { jobs[id]?.progress = progress }
            } else {
                stop.insert(id)
            }
        }
        return stop
    }

    mutating func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>, at time: JobClock.Reading) -> Bool {
        guard holds(claim) else { return false }
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

    /// Whether the job is queued again.
    mutating func giveBack(_ claim: JobClaim) -> Bool {
        guard holds(claim) else { return false }
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
            position: job.state == .queued ? line.position(of: job.place) : nil, progress: job.progress, failure: job.failure,
            attempts: job.attempts)
    }

    var load: JobStoreLoad {
        JobStoreLoad(queued: line.count, queuedBytes: queuedBytes, running: running.count, resultBytes: resultBytes)
    }

    /// Takes a running job back to the place that it had.
    mutating func requeue(_ id: JobID) {
        guard var job = jobs[id] else { return }
        running.remove(id)
        job.state = .queued
        job.started = nil
        job.worker = nil
        job.progress = nil
        jobs[id] = job
        line.rejoin(id, of: job.submission.client, at: job.place)
        queuedBytes += job.submission.request.image.count
    }

    /// Brings a job that is queued or running to a final state.
    mutating func end(_ id: JobID, as state: JobState, because failure: JobError? = nil, at time: JobClock.Reading) {
        guard var job = jobs[id] else { return }
        if job.state == .queued {
            line.leave(of: job.submission.client, from: job.place)
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
        finals.append(id)
    }

    private func holds(_ claim: JobClaim) -> Bool {
        guard let job = jobs[claim.submission.id] else { return false }
        return job.state == .running && job.worker == claim.worker && job.attempts == claim.attempt
    }

    /// The job that makes `submission` no new one.
    private func known(_ submission: JobSubmission) throws(JobStoreError) -> JobID? {
        if let key = submission.clientKey, let earlier = keys[key] {
            guard jobs[earlier]?.submission.idempotency == submission.idempotency else { throw .keyReused }
            return earlier
        }
        return jobs[submission.id] == nil ? nil : submission.id
    }
}

extension JobLedger.Job {
    func isExpired(at date: Date) -> Bool {
        submission.deadline.map { $0 < date } ?? false
    }
}

extension JobSubmission {
    var clientKey: JobLedger.ClientKey? {
        idempotency.map { JobLedger.ClientKey(client: client, key: $0.key) }
    }
}
