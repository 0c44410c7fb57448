import Foundation
import JobQueue

/// A job as the fields of a hash in Redis. Dates are milliseconds since 1970, as those that the scripts write.
enum JobFields {
    /// The fields and values of a submission in turn. The client is not among them: the script that adds the job writes it.
    static func list(for job: JobSubmission) -> [[UInt8]] {
        let request = job.request
        let fields: [(String, String?)] = [
            ("request", job.requestID),
            ("submitted", "\(job.submitted.milliseconds)"),
            ("deadline", job.deadline.map { "\($0.milliseconds)" }),
            ("style", request.style),
            ("size", request.size.map(String.init)),
            ("fit", request.fit.rawValue),
            ("format", request.format.rawValue),
            ("quality", request.quality.map(String.init)),
            ("idempotencyKey", job.idempotency?.key),
            ("fingerprint", job.idempotency?.fingerprint),
        ]
        let texts = fields.flatMap { name, value in value.map { [Array(name.utf8), Array($0.utf8)] } ?? [] }
        return texts + [Array("image".utf8), request.image]
    }

    /// The fields and values of a result in turn.
    static func list(for result: JobResult) throws(JobStoreError) -> [[UInt8]] {
        let timings = try json(result.timings)
        let texts = ["type": result.mediaType, "width": "\(result.width)", "height": "\(result.height)"]
        return texts.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] }
            + [Array("timings".utf8), timings, Array("result".utf8), result.bytes]
    }

    /// Encodes a value that is one field.
    static func json(_ value: some Encodable) throws(JobStoreError) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw .damaged("a value cannot be encoded as JSON (\(error)).")
        }
    }

    /// Decodes what `json` encoded.
    static func value<Value: Decodable>(of type: Value.Type, in json: [UInt8]) throws(JobStoreError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw .damaged("a job's field in Redis cannot be decoded (\(error)). Do all processes run the same version?")
        }
    }
}

/// A job's hash as Redis sent it.
struct JobHash {
    private var fields: [String: [UInt8]] = [:]

    /// Reads a list of fields and values in turn.
    init(_ reply: RedisReply) {
        let list = reply.list
        for index in stride(from: 0, to: list.count - 1, by: 2) {
            if let name = list[index].text { fields[name] = list[index + 1].bytes }
        }
    }

    /// The claim of `worker` on the job.
    func claim(by worker: String) throws(JobStoreError) -> JobClaim {
        guard let attempts = text("attempts").flatMap(Int.init) else { throw missing("attempts") }
        return JobClaim(submission: try submission(), worker: worker, attempt: attempts)
    }

    private func submission() throws(JobStoreError) -> JobSubmission {
        // A member of the sorted set `waiting` is 16 digits, a colon and the job's id.
        guard let id = text("member").flatMap({ JobID(String($0.dropFirst(17))) }) else { throw missing("member") }
        guard let client = text("client") else { throw missing("client") }
        guard let submitted = date("submitted") else { throw missing("submitted") }
        var idempotency: JobSubmission.IdempotencyKey?
        if let key = text("idempotencyKey"), let fingerprint = text("fingerprint") {
            idempotency = .init(key: key, fingerprint: fingerprint)
        }
        return JobSubmission(
            id: id, client: client, request: try request(), submitted: submitted, deadline: date("deadline"),
            idempotency: idempotency, requestID: text("request") ?? "")
    }

    private func request() throws(JobStoreError) -> JobRequest {
        guard let image = fields["image"] else { throw missing("image") }
        guard let fit = text("fit").flatMap(JobRequest.Fit.init) else { throw missing("fit") }
        guard let format = text("format").flatMap(JobRequest.Format.init) else { throw missing("format") }
        return JobRequest(
            image: image, style: text("style"), size: text("size").flatMap(Int.init), fit: fit, format: format,
            quality: text("quality").flatMap(Int.init))
    }

    private func text(_ name: String) -> String? { fields[name].map { String(decoding: $0, as: UTF8.self) } }

    private func date(_ name: String) -> Date? { text(name).flatMap(Int64.init).map(Date.init(milliseconds:)) }

    private func missing(_ name: String) -> JobStoreError {
        .damaged("a job in Redis has no readable “\(name)”. Do all processes run the same version?")
    }
}

extension JobStatus {
    /// Reads the list that the scripts' `status` makes; nil when there is no such job.
    init?(_ reply: RedisReply, id: JobID) throws(JobStoreError) {
        let list = reply.list
        guard list.count == 8 else { return nil }
        guard let state = list[0].text.flatMap(JobState.init), let submitted = list[1].date else {
            throw .damaged("a job in Redis has no readable state. Do all processes run the same version?")
        }
        var progress: JobProgress?
        if let json = list[4].bytes { progress = try JobFields.value(of: JobProgress.self, in: json) }
        var failure: JobError?
        if let json = list[5].bytes { failure = try JobFields.value(of: JobError.self, in: json) }
        self.init(
            id: id, state: state, submitted: submitted, started: list[2].date, finished: list[3].date,
            position: list[7].integer, progress: progress, failure: failure, attempts: list[6].integer ?? 0)
    }
}

extension RedisReply {
    fileprivate var date: Date? { integer.map { Date(milliseconds: Int64($0)) } }
}

extension Date {
    /// Milliseconds since 1970, rounded.
    fileprivate var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1_000).rounded()) }

    fileprivate init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1_000) }
}
