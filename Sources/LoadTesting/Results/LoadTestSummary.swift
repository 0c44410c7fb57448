package import Foundation

/// A whole run: what `summary.json` holds. `docs/loadtest-summary.md` tells its fields.
package struct LoadTestSummary: Codable, Sendable {
    /// The form of this file; another number for each change that a reader would stumble over.
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
    /// What load was asked for.
    package var load: LoadSummary
    /// What the requests carried; nil if nothing.
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
    /// What was asked of the target.
    package var objectives: [Objective]
    /// What became of it.
    package var verdict: RunVerdict
    /// What follows for the number of instances; nil if there were no steps.
    package var capacity: CapacitySummary?
    /// What `--find-max` found; nil without.
    package var search: SearchSummary?
    /// Whether the generator kept up, over all steps.
    package var generator: GeneratorHealth
    /// What else people should know, a sentence each.
    package var notes: [String]

    /// Makes a summary of a run that has been described; `verdict`, `capacity` and the rest may be replaced later.
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
