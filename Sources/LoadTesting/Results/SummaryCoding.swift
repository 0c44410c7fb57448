package import Foundation

extension LoadTestSummary {
    /// What `summary.json` holds: keys in snake_case and sorted, times in ISO 8601, durations in seconds.
    package func json() throws -> Data {
        try Self.encoder.encode(self)
    }

    /// Reads a `summary.json`. Errors: `SummaryError`, which says what is wrong with the file.
    package init(json: Data) throws(SummaryError) {
        let head: Head
        do {
            head = try Self.decoder.decode(Head.self, from: json)
        } catch {
            throw SummaryError("it is not the summary.json of a load test (\(SummaryError.place(of: error)))")
        }
        guard head.schema == Self.currentSchema else {
            throw SummaryError(
                "its schema is \"\(head.schema)\" and this program reads \"\(Self.currentSchema)\"; repeat the test with this version"
            )
        }
        do {
            self = try Self.decoder.decode(Self.self, from: json)
        } catch {
            throw SummaryError(SummaryError.place(of: error))
        }
    }

    private struct Head: Decodable {
        var schema: String
    }

    /// The encoder of all JSON of the load test.
    package static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return encoder
    }

    /// Reads what `encoder` wrote.
    package static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}

/// A summary that cannot be read, as a sentence.
package struct SummaryError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    package var description: String

    init(_ description: String) {
        self.description = description
    }

    /// Says where in the file the decoder stumbled.
    static func place(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(path(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is not JSON" : "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            return "it cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}
