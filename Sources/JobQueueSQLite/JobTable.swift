import Foundation
import GRDB
import JobQueue

/// The store's calls as SQL, inside one transaction. What is said of the calls at `JobStore` holds here too.
struct JobTable {
    let db: Database
    let limits: JobStoreLimits
    let beats: Heartbeats
    let time: JobClock.Reading

    /// The date as columns keep it.
    var now: Double { time.date.timeIntervalSinceReferenceDate }

    func add(_ job: JobSubmission) throws -> JobAdmission {
        if let earlier = try known(job) { return .existing(earlier) }
        try checkRoom(for: job.request.image.count)
        let turn = try nextTurn(of: job.client)
        try run(
            """
            INSERT INTO job (turn, id, client, key, fingerprint, requestID, wishes, imageBytes, submitted, deadline, state)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')
            """,
            [
                turn, job.id.text, job.client, job.idempotency?.key, job.idempotency?.fingerprint, job.requestID,
                try StoredJSON.text(StoredWishes(job.request)), job.request.image.count,
                job.submitted.timeIntervalSinceReferenceDate, job.deadline?.timeIntervalSinceReferenceDate,
            ])
        let sequence = db.lastInsertedRowID
        try run("INSERT INTO image VALUES (?, ?)", [sequence, Data(job.request.image)])
        return .added(position: try position(turn: turn, sequence: sequence))
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
        beats.begin(submission.id.text, at: time.uptime)
        return JobClaim(submission: submission, worker: worker, attempt: next["attempts"] + 1)
    }

    func keep(_ jobs: [JobID: JobProgress?], by worker: String) throws -> Set<JobID> {
        var stop: Set<JobID> = []
        for (id, progress) in jobs {
            let isHeld = try row("SELECT 1 FROM job WHERE id = ? AND state = 'running' AND worker = ?", [id.text, worker]) != nil
            if isHeld { beats.beat(id.text, progress: progress, at: time.uptime) } else { stop.insert(id) }
        }
        return stop
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

    /// Whether the job is queued again.
    func giveBack(_ claim: JobClaim) throws -> Bool {
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

    /// Takes a running job back to the place that it had.
    func requeue(_ sequence: Int64, _ id: String) throws {
        try run("UPDATE job SET state = 'queued', worker = NULL, started = NULL WHERE sequence = ?", [sequence])
        beats.end(id)
    }

    /// Brings a job to a final state and lets its picture go.
    func end(_ sequence: Int64, _ id: String, as state: JobState, because failure: JobError? = nil, resultBytes: Int = 0) throws {
        try run(
            "UPDATE job SET state = ?, worker = NULL, finished = ?, failure = ?, resultBytes = ? WHERE sequence = ?",
            [state.rawValue, now, try failure.map { try StoredJSON.text($0) }, resultBytes, sequence])
        try run("DELETE FROM image WHERE sequence = ?", [sequence])
        beats.end(id)
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

    /// The row of a claim that still holds.
    private func sequence(of claim: JobClaim) throws -> Int64? {
        try row(
            "SELECT sequence FROM job WHERE id = ? AND state = 'running' AND worker = ? AND attempts = ?",
            [claim.submission.id.text, claim.worker, claim.attempt])?["sequence"]
    }

    /// The job that makes `job` no new one.
    private func known(_ job: JobSubmission) throws -> JobID? {
        if let key = job.idempotency,
            let earlier = try row("SELECT id, fingerprint FROM job WHERE client = ? AND key = ?", [job.client, key.key])
        {
            guard earlier["fingerprint"] == key.fingerprint else { throw JobStoreError.keyReused }
            return try jobID(earlier["id"])
        }
        return try row("SELECT 1 FROM job WHERE id = ?", [job.id.text]).map { _ in job.id }
    }

    private func checkRoom(for bytes: Int) throws {
        guard
            let waiting = try row("SELECT count(*) AS jobs, ifnull(sum(imageBytes), 0) AS bytes FROM job WHERE state = 'queued'")
        else { return }
        if waiting["jobs"] >= limits.queuedJobs { throw JobStoreError.tooManyJobs(limit: limits.queuedJobs) }
        if bytes > limits.queuedBytes - waiting["bytes"] { throw JobStoreError.tooManyBytes(limit: limits.queuedBytes) }
    }

    /// The turn of the client's next job, by the rule of `TurnLine`.
    /// As `TurnLine` has it. The client's last job may still wait or be over, but cancelled ones give their turn back.
    private func nextTurn(of client: String) throws -> Int64 {
        let turns = try row(
            "SELECT servedTurn, (SELECT max(turn) FROM job WHERE state <> 'cancelled' AND client = ?) AS last FROM line", [client]
        )
        guard let turns else { throw JobStoreError.damaged("the job file has lost its table of turns.") }
        let last: Int64? = turns["last"], served: Int64 = turns["servedTurn"]
        return max(served + 1, last.map { $0 + Int64(TurnLine.turnLength) } ?? 0)
    }
}
