import Foundation
import GRDB
import JobQueue

/// The calls of `JobStore` as SQL, inside one transaction.
struct JobTable {
    let db: Database
    let limits: JobStoreLimits
    let leases: LeaseTable
    let time: JobClock.Reading

    /// The date as stored in columns: seconds since 2001.
    var now: Double { time.date.timeIntervalSinceReferenceDate }

    func add(_ job: JobSubmission) throws -> JobAdmission {
        if let existing = try existingJob(for: job) { return .existing(existing) }
        try checkLimits(adding: job.request.image.count)
        let tag = try nextTag(of: job.client)
        var parameters = job.request
        parameters.image = []
        try run(
            """
            INSERT INTO job (turn, id, client, key, fingerprint, requestID, wishes, imageBytes, submitted, deadline, state)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')
            """,
            [
                tag, job.id.text, job.client, job.idempotency?.key, job.idempotency?.fingerprint, job.requestID,
                try StoredJSON.text(parameters), job.request.image.count,
                job.submitted.timeIntervalSinceReferenceDate, job.deadline?.timeIntervalSinceReferenceDate,
            ])
        let sequence = db.lastInsertedRowID
        try run("INSERT INTO image VALUES (?, ?)", [sequence, Data(job.request.image)])
        return .added(position: try position(tag: tag, sequence: sequence))
    }

    func claim(by worker: String) throws -> JobClaim? {
        let next = try row(
            """
            SELECT job.*, image.bytes FROM job JOIN image USING (sequence)
            WHERE state = 'queued' AND (deadline IS NULL OR deadline >= ?) ORDER BY turn, job.sequence LIMIT 1
            """, [now])
        guard let next else { return nil }
        let submission = try submission(from: next)
        try run(
            "UPDATE job SET state = 'running', attempts = attempts + 1, worker = ?, started = ? WHERE sequence = ?",
            [worker, now, next["sequence"] as Int64])
        try run("UPDATE line SET servedTurn = max(servedTurn, ?)", [next["turn"] as Int64])
        leases.begin(submission.id.text, at: time.uptime)
        return JobClaim(submission: submission, worker: worker, attempt: next["attempts"] + 1)
    }

    func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) throws -> Set<JobID> {
        var lost: Set<JobID> = []
        for (id, progress) in jobs {
            let isHeld = try row("SELECT 1 FROM job WHERE id = ? AND state = 'running' AND worker = ?", [id.text, worker]) != nil
            if isHeld { leases.renew(id.text, progress: progress, at: time.uptime) } else { lost.insert(id) }
        }
        return lost
    }

    func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) throws -> Bool {
        guard let sequence = try sequence(of: claim) else { return false }
        switch outcome {
        case .success(let result):
            try end(sequence, claim.submission.id.text, as: .done, resultBytes: result.bytes.count)
            try run(
                "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?)",
                [
                    sequence, result.mediaType, result.width, result.height, try StoredJSON.text(result.timings),
                    Data(result.bytes),
                ])
        case .failure(let error):
            try end(sequence, claim.submission.id.text, as: .failed, because: error)
        }
        return true
    }

    /// Returns whether the job is queued again.
    func release(_ claim: JobClaim) throws -> Bool {
        guard let sequence = try sequence(of: claim) else { return false }
        try run("UPDATE job SET attempts = attempts - 1 WHERE sequence = ?", [sequence])
        try requeue(sequence, claim.submission.id.text)
        return true
    }

    func cancel(_ id: JobID) throws -> JobStatus? {
        if let sequence = try row("SELECT sequence FROM job WHERE id = ? AND finished IS NULL", [id.text]) {
            try end(sequence["sequence"], id.text, as: .cancelled)
        }
        return try status(of: id)
    }

    /// Puts a running job back under the tag that it had.
    func requeue(_ sequence: Int64, _ id: String) throws {
        try run("UPDATE job SET state = 'queued', worker = NULL, started = NULL WHERE sequence = ?", [sequence])
        leases.end(id)
    }

    /// Brings a job to a final state and deletes its image.
    func end(_ sequence: Int64, _ id: String, as state: JobState, because failure: JobError? = nil, resultBytes: Int = 0) throws {
        try run(
            "UPDATE job SET state = ?, worker = NULL, finished = ?, failure = ?, resultBytes = ? WHERE sequence = ?",
            [state.rawValue, now, try failure.map { try StoredJSON.text($0) }, resultBytes, sequence])
        try run("DELETE FROM image WHERE sequence = ?", [sequence])
        leases.end(id)
    }

    // The statements are few and fixed, so the connection keeps them compiled.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// The row of a claim; nil when its lease is lost.
    private func sequence(of claim: JobClaim) throws -> Int64? {
        try row(
            "SELECT sequence FROM job WHERE id = ? AND state = 'running' AND worker = ? AND attempts = ?",
            [claim.submission.id.text, claim.worker, claim.attempt])?["sequence"]
    }

    /// The earlier job with the same idempotency key or the same id.
    private func existingJob(for job: JobSubmission) throws -> JobID? {
        if let key = job.idempotency,
            let existing = try row("SELECT id, fingerprint FROM job WHERE client = ? AND key = ?", [job.client, key.key])
        {
            guard existing["fingerprint"] == key.fingerprint else { throw JobStoreError.keyReused }
            return try jobID(existing["id"])
        }
        return try row("SELECT 1 FROM job WHERE id = ?", [job.id.text]).map { _ in job.id }
    }

    private func checkLimits(adding bytes: Int) throws {
        guard
            let waiting = try row("SELECT count(*) AS jobs, ifnull(sum(imageBytes), 0) AS bytes FROM job WHERE state = 'queued'")
        else { return }
        if waiting["jobs"] >= limits.queuedJobs { throw JobStoreError.tooManyJobs(limit: limits.queuedJobs) }
        if bytes > limits.queuedBytes - waiting["bytes"] { throw JobStoreError.tooManyBytes(limit: limits.queuedBytes) }
    }

    /// The start tag of the client's next job, as `StartTimeFairQueue` assigns it; the column is called `turn`. The tags of cancelled jobs are
    /// free again.
    private func nextTag(of client: String) throws -> Int64 {
        let tags = try row(
            "SELECT servedTurn, (SELECT max(turn) FROM job WHERE state <> 'cancelled' AND client = ?) AS last FROM line", [client]
        )
        guard let tags else { throw JobStoreError.damaged("the job file has lost its table of start tags.") }
        let last: Int64? = tags["last"], virtualTime: Int64 = tags["servedTurn"]
        return max(virtualTime + 1, last.map { $0 + Int64(StartTimeFairQueue.quantum) } ?? 0)
    }
}

// MARK: Sweep

extension JobTable {
    func sweep() throws -> JobStoreSweep {
        var report = JobStoreSweep()
        report.expired = try expire()
        for id in leases.expired(among: try runningJobs(), after: limits.leaseSeconds, at: time.uptime) {
            try reclaim(id, into: &report)
        }
        report.removed = try removeOld() + removeBeyondCountLimit() + removeBeyondByteLimit()
        return report
    }

    /// Reclaims all running jobs: when the file is opened, the process that ran them has ended.
    func reclaimAll() throws -> JobStoreSweep {
        var report = JobStoreSweep()
        for id in try runningJobs() { try reclaim(id, into: &report) }
        return report
    }

    private func runningJobs() throws -> [String] {
        try rows("SELECT id FROM job WHERE state = 'running'").map { $0["id"] }
    }

    private func expire() throws -> Int {
        let late = try rows(
            "SELECT sequence, id FROM job WHERE state = 'queued' AND deadline IS NOT NULL AND deadline < ?", [now])
        for job in late { try end(job["sequence"], job["id"], as: .expired) }
        return late.count
    }

    private func reclaim(_ id: String, into report: inout JobStoreSweep) throws {
        guard let job = try row("SELECT sequence, attempts FROM job WHERE id = ?", [id]) else { return }
        let attempts: Int = job["attempts"]
        if attempts >= limits.attempts {
            try end(job["sequence"], id, as: .failed, because: .workerDied(times: attempts))
            report.deadLettered += 1
        } else {
            try requeue(job["sequence"], id)
            report.reclaimed += 1
        }
    }

    /// Removes final jobs whose lifetime is over.
    private func removeOld() throws -> Int {
        try run("DELETE FROM job WHERE finished IS NOT NULL AND finished <= ?", [now - limits.resultSeconds])
        return db.changesCount
    }

    /// Removes the oldest final jobs beyond their greatest number.
    private func removeBeyondCountLimit() throws -> Int {
        try run(
            """
            DELETE FROM job WHERE sequence IN (
                SELECT sequence FROM job WHERE finished IS NOT NULL ORDER BY finished DESC, sequence DESC LIMIT -1 OFFSET ?)
            """, [JobStoreLimits.finalJobs])
        return db.changesCount
    }

    /// Removes the oldest results beyond the byte limit.
    private func removeBeyondByteLimit() throws -> Int {
        var bytes = try load().resultBytes
        var removed = 0
        while bytes > limits.resultBytes {
            let oldest = try row(
                "SELECT sequence, resultBytes FROM job WHERE finished IS NOT NULL AND state = 'done' ORDER BY finished, sequence LIMIT 1"
            )
            guard let oldest else { break }
            try run("DELETE FROM job WHERE sequence = ?", [oldest["sequence"] as Int64])
            bytes -= oldest["resultBytes"]
            removed += 1
        }
        return removed
    }
}
