import Crypto
import HTTPTypes
import JobQueue

/// The `Idempotency-Key` of a request: with it, a client that got no answer can ask again without making a second job.
struct IdempotencyKeyHeader: Sendable {
    private let key: String

    /// Nil when the client sent none. Throws when it is empty, longer than 255 characters, or not printable ASCII.
    init?(_ headers: HTTPFields) throws(HTTPProblem) {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            throw .badParameter(
                "idempotency_key", "The Idempotency-Key doesn't work: it has to be 1 to 255 printable characters of ASCII.")
        }
        self.key = key
    }

    /// The key of just this job: sent with another one, it is an error.
    func identifying(_ job: JobRequest) async throws -> JobSubmission.IdempotencyKey {
        let key = key
        return try await Offload.run(bytes: job.image.count) {
            JobSubmission.IdempotencyKey(key: key, fingerprint: Self.fingerprint(of: job))
        }
    }

    /// SHA-256 over the parameters and the picture. The picture itself, not the body that it came in: a client's library may choose
    /// another boundary for its form at each try.
    private static func fingerprint(of job: JobRequest) -> String {
        let parameters: [String] = [
            job.style ?? "", job.size.map(String.init) ?? "", job.fit.rawValue, job.format.rawValue,
            job.quality.map(String.init) ?? "",
        ]
        var digest = SHA256()
        for parameter in parameters {
            digest.update(data: Array(parameter.utf8))
            // No parameter can run into the next one.
            digest.update(data: [0])
        }
        digest.update(data: job.image)
        return digest.finalize().hexadecimal
    }
}

extension SHA256.Digest {
    /// 64 digits.
    var hexadecimal: String {
        map { byte in byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16) }.joined()
    }
}

extension HTTPField.Name {
    fileprivate static let idempotencyKey = Self("Idempotency-Key")!
}
