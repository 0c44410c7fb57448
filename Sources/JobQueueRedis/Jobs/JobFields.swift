import Foundation
import JobQueue

/// A job as the fields of a hash in Redis. Dates are seconds since 2001 as Swift prints them, which it reads back to the last
/// bit.
enum JobFields {
    /// The fields and values in turn. The client is not among them: the script that adds the job knows it.
    static func list(for job: JobSubmission) -> [[UInt8]] {
        let request = job.request
        var fields: [(String, String?)] = [
            ("request", job.requestID),
            ("submitted", "\(job.submitted.timeIntervalSinceReferenceDate)"),
            ("deadline", job.deadline.map { "\($0.timeIntervalSinceReferenceDate)" }),
            ("style", request.style),
            ("size", request.size.map(String.init)),
            ("fit", request.fit.rawValue),
            ("format", request.format.rawValue),
            ("quality", request.quality.map(String.init)),
        ]
        fields.append(("word", job.idempotency?.key))
        fields.append(("print", job.idempotency?.fingerprint))
        let texts = fields.flatMap { name, value in value.map { [Array(name.utf8), Array($0.utf8)] } ?? [] }
        return texts + [Array("image".utf8), request.image]
    }

    /// The fields of a result.
    static func list(for result: JobResult) throws(JobStoreError) -> [[UInt8]] {
        let timings = try json(result.timings)
        let texts = ["type": result.mediaType, "width": "\(result.width)", "height": "\(result.height)"]
        return texts.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] }
            + [Array("timings".utf8), timings, Array("result".utf8), result.bytes]
    }

    /// The JSON form of what is stored whole.
    static func json(_ value: some Encodable) throws(JobStoreError) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw .damaged("a value can't be written as JSON (\(error)).")
        }
    }

    /// Reads what `json` made.
    static func value<Value: Decodable>(of type: Value.Type, in json: [UInt8]) throws(JobStoreError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw .damaged("what Redis holds for a job can't be read (\(error)). Do all processes run the same version?")
        }
    }
}

/// A job's hash as Redis gave it.
struct JobHash {
    private var fields: [String: [UInt8]] = [:]

    /// Reads a list of fields and values in turn.
    init(_ reply: RedisReply) {
        let list = reply.list
        for index in stride(from: 0, to: list.count - 1, by: 2) {
            if let name = list[index].text { fields[name] = list[index + 1].bytes }
        }
    }

    /// The claim that the hash describes.
    func claim(by worker: String) throws(JobStoreError) -> JobClaim {
        guard let attempts = text("attempts").flatMap(Int.init) else { throw missing("attempts") }
        return JobClaim(submission: try submission(), worker: worker, attempt: attempts)
    }

    private func submission() throws(JobStoreError) -> JobSubmission {
        // Members of sorted sets are a place, a colon and the id: the one field that is there for every job and names it.
        guard let id = text("place").flatMap({ JobID(String($0.dropFirst(17))) }) else { throw missing("place") }
        guard let client = text("client") else { throw missing("client") }
        guard let submitted = date("submitted") else { throw missing("submitted") }
        var key: JobSubmission.IdempotencyKey?
        if let word = text("word"), let print = text("print") { key = .init(key: word, fingerprint: print) }
        return JobSubmission(
            id: id, client: client, request: try request(), submitted: submitted, deadline: date("deadline"), idempotency: key,
            requestID: text("request") ?? "")
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

    private func date(_ name: String) -> Date? {
        text(name).flatMap(Double.init).map(Date.init(timeIntervalSinceReferenceDate:))
    }

    private func missing(_ name: String) -> JobStoreError {
        .damaged("a job in Redis has no readable “\(name)”. Do all processes run the same version?")
    }
}
