package import Foundation

/// The summary of a run: the content of `summary.json`. `docs/loadtest-summary.md` describes its fields.
package struct LoadTestSummary: Codable, Sendable {
    /// The version of the file's format; it changes with each incompatible change.
    package static let currentSchema = "sakuga.loadtest/1"

    /// `currentSchema` of the program that wrote it.
    package var schema = currentSchema
    /// Tells runs apart; sorts by time.
    package var id: String
    /// When it began.
    package var started: Date
    /// When it ended.
    package var ended: Date
    /// The command line that repeats it.
    package var command: [String]
    /// What was tested.
    package var target: TargetSummary
    /// Where the generator ran.
    package var environment: EnvironmentSummary
    /// The requested load.
    package var load: LoadSummary
    /// What the requests carried; nil without a payload.
    package var payload: PayloadSummary?
    /// In the order in which they ran.
    package var steps: [StepSummary]
    /// By request, over all steps.
    package var requests: [RequestSummary]
    /// All requests together, over all steps.
    package var total: RequestSummary
    /// By request and cause, over the whole run, most frequent first.
    package var failures: [FailureSummary]
    /// A point a second, or of several seconds in a long run.
    package var timeline: [TimelinePoint]
    /// The objectives of the target.
    package var objectives: [Objective]
    /// The verdict.
    package var verdict: RunVerdict
    /// The capacity that follows from the steps; nil without steps.
    package var capacity: CapacitySummary?
    /// The result of `--find-max`; nil without.
    package var search: SearchSummary?
    /// Whether the generator was the bottleneck, over all steps.
    package var generator: GeneratorHealth
    /// Further notes, a sentence each.
    package var notes: [String]

    /// A summary of these parts.
    package init(
        id: String, started: Date, ended: Date, command: [String], target: TargetSummary, environment: EnvironmentSummary,
        load: LoadSummary, payload: PayloadSummary? = nil, steps: [StepSummary], requests: [RequestSummary],
        total: RequestSummary? = nil, failures: [FailureSummary], timeline: [TimelinePoint], objectives: [Objective],
        verdict: RunVerdict,
        capacity: CapacitySummary? = nil, search: SearchSummary? = nil, generator: GeneratorHealth, notes: [String] = []
    ) {
        self.id = id
        self.started = started
        self.ended = ended
        self.command = command
        self.target = target
        self.environment = environment
        self.load = load
        self.payload = payload
        self.steps = steps
        self.requests = requests
        self.total = total ?? .nothing
        self.failures = failures
        self.timeline = timeline
        self.objectives = objectives
        self.verdict = verdict
        self.capacity = capacity
        self.search = search
        self.generator = generator
        self.notes = notes
    }
}

extension LoadTestSummary {
    /// The content of `summary.json`: keys in snake_case and sorted, times in ISO 8601, durations in seconds.
    package func json() throws -> Data {
        try Self.encoder.encode(self)
    }

    /// Reads a `summary.json`.
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

/// Why a summary cannot be read, as a sentence.
package struct SummaryError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    package var description: String

    init(_ description: String) {
        self.description = description
    }

    /// The position in the file at which decoding failed.
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
