import BlockingThreads
import Crypto
import HTTPTypes
import JobQueue

/// The `Idempotency-Key` of a request, with which a client that got no response can retry without creating a second job.
struct IdempotencyKeyHeader: Sendable {
    private let key: String

    /// Nil if the request has none.
    /// - Throws: If it is empty, longer than 255 characters, or not printable ASCII.
    init?(_ headers: HTTPFields) throws(HTTPProblem) {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            throw .badParameter(
                "idempotency_key", "The Idempotency-Key is invalid: it must be 1 to 255 printable ASCII characters.")
        }
        self.key = key
    }

    /// The key with a fingerprint of the job: reusing the key for another job is an error.
    func identifying(_ job: JobRequest) async throws -> JobSubmission.IdempotencyKey {
        let key = key
        return try await BlockingThreadPool.shared.run(byteCount: job.image.count) {
            JobSubmission.IdempotencyKey(key: key, fingerprint: Self.fingerprint(of: job))
        }
    }

    /// SHA-256 over the parameters and the picture. Not over the body: a client library may choose another form boundary for each attempt.
    private static func fingerprint(of job: JobRequest) -> String {
        let parameters: [String] = [
            job.style ?? "", job.size.map(String.init) ?? "", job.fit.rawValue, job.format.rawValue,
            job.quality.map(String.init) ?? "",
        ]
        var digest = SHA256()
        for parameter in parameters {
            digest.update(data: Array(parameter.utf8))
            // Separates the parameter from the next one.
            digest.update(data: [0])
        }
        digest.update(data: job.image)
        return digest.finalize().hexadecimal
    }
}

extension SHA256.Digest {
    /// 64 hexadecimal digits.
    var hexadecimal: String {
        map { byte in byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16) }.joined()
    }
}

extension HTTPField.Name {
    fileprivate static let idempotencyKey = Self("Idempotency-Key")!
}
