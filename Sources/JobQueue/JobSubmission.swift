package import Foundation

/// Names a job. It cannot be guessed, so whoever knows it may see and cancel the job. Encoded as its text.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// 32 hexadecimal digits.
    package let text: String

    /// Makes a new one from 128 random bits.
    package init() {
        var generator = SystemRandomNumberGenerator()
        text = (0..<2).map { _ in Self.digits(generator.next()) }.joined()
    }

    /// Parses `text`; nil unless it is 32 lowercase hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isDigit) else { return nil }
        self.text = text
    }

    package var description: String { text }

    private static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension JobID: Codable, CodingKeyRepresentable {
    /// Decodes it.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = JobID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A job id is 32 hexadecimal digits.")
        }
        self = id
    }

    /// Encodes it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The text, as a key of a dictionary.
    package var codingKey: any CodingKey { text.codingKey }

    /// Parses a key of a dictionary.
    package init?<Key: CodingKey>(codingKey: Key) { self.init(codingKey.stringValue) }
}

/// A job as a client submits it.
package struct JobSubmission: Sendable, Equatable, Codable {
    /// Lets a client send the same request twice without running it twice.
    package struct IdempotencyKey: Sendable, Hashable, Codable {
        /// The client's own word, at most 255 characters. Each client has its own keys.
        package var key: String
        /// Digest of the request: the same key with another request is an error.
        package var fingerprint: String

        /// Makes a key.
        package init(key: String, fingerprint: String) {
            self.key = key
            self.fingerprint = fingerprint
        }
    }

    /// The job's name.
    package var id: JobID
    /// Whose share of the workers it takes: an API key's name or an address.
    package var client: String
    /// The work.
    package var request: JobRequest
    /// When it was accepted.
    package var submitted: Date
    /// The job is not started after this; nil: no limit.
    package var deadline: Date?
    /// Identifies a request that may be sent again; nil: every submission is a new job.
    package var idempotency: IdempotencyKey?
    /// The id of the HTTP request that brought it, for the worker's log.
    package var requestID: String

    /// Makes a submission.
    package init(
        id: JobID = JobID(), client: String, request: JobRequest, submitted: Date = Date(), deadline: Date? = nil,
        idempotency: IdempotencyKey? = nil, requestID: String = ""
    ) {
        self.id = id
        self.client = client
        self.request = request
        self.submitted = submitted
        self.deadline = deadline
        self.idempotency = idempotency
        self.requestID = requestID
    }
}
