import Foundation
import GRDB
import JobQueue

extension JobTable {
    func status(of id: JobID) throws -> JobStatus? {
        try row("SELECT * FROM job WHERE id = ?", [id.text]).map { try status(from: $0, id) }
    }

    func result(of id: JobID) throws -> JobResult? {
        try row("SELECT result.* FROM result JOIN job USING (sequence) WHERE id = ?", [id.text]).map { row in
            JobResult(
                bytes: [UInt8](row["bytes"] as Data), mediaType: row["mediaType"], width: row["width"], height: row["height"],
                timings: try StoredJSON.value([StageTiming].self, from: row["timings"]))
        }
    }

    func load() throws -> JobStoreLoad {
        let sums = try row(
            """
            SELECT
                (SELECT count(*) FROM job WHERE state = 'queued') AS queued,
                (SELECT ifnull(sum(imageBytes), 0) FROM job WHERE state = 'queued') AS queuedBytes,
                (SELECT count(*) FROM job WHERE state = 'running') AS running,
                (SELECT ifnull(sum(resultBytes), 0) FROM job WHERE finished IS NOT NULL) AS resultBytes
            """)
        guard let sums else { return JobStoreLoad() }
        return JobStoreLoad(
            queued: sums["queued"], queuedBytes: sums["queuedBytes"], running: sums["running"], resultBytes: sums["resultBytes"])
    }

    /// The position in the queue of the job with this start tag; 1 is next.
    func position(tag: Int64, sequence: Int64) throws -> Int {
        try row(
            "SELECT count(*) AS position FROM job WHERE state = 'queued' AND (turn, sequence) <= (?, ?)", [tag, sequence]
        )?["position"] ?? 1
    }

    /// The job as it was submitted; the row has its image as `bytes`.
    func submission(from row: Row) throws -> JobSubmission {
        var request = try StoredJSON.value(JobRequest.self, from: row["wishes"])
        request.image = [UInt8](row["bytes"] as Data)
        let key: String? = row["key"]
        return JobSubmission(
            id: try jobID(row["id"]), client: row["client"], request: request,
            submitted: Date(timeIntervalSinceReferenceDate: row["submitted"]), deadline: date(row["deadline"]),
            idempotency: key.map { .init(key: $0, fingerprint: row["fingerprint"] ?? "") }, requestID: row["requestID"])
    }

    func jobID(_ text: String) throws -> JobID {
        guard let id = JobID(text) else { throw JobStoreError.damaged("the job file has a job without a valid id.") }
        return id
    }

    private func status(from row: Row, _ id: JobID) throws -> JobStatus {
        guard let state = JobState(rawValue: row["state"]) else {
            throw JobStoreError.damaged("the job file has a job in an unknown state.")
        }
        let failure: String? = row["failure"]
        return JobStatus(
            id: id, state: state, submitted: Date(timeIntervalSinceReferenceDate: row["submitted"]),
            started: date(row["started"]),
            finished: date(row["finished"]),
            position: state == .queued ? try position(tag: row["turn"], sequence: row["sequence"]) : nil,
            progress: state == .running ? leases.progress(of: id.text) : nil,
            failure: try failure.map { try StoredJSON.value(JobError.self, from: $0) }, attempts: row["attempts"])
    }

    private func date(_ seconds: Double?) -> Date? {
        seconds.map(Date.init(timeIntervalSinceReferenceDate:))
    }
}

/// JSON in a text column.
enum StoredJSON {
    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
