package import LoadGeneration

/// A load test as a file describes it. What it leaves open is left to flags and defaults.
package struct Scenario: Sendable {
    /// The file.
    package var file: String
    /// `target`: the address to load.
    package var target: String?
    /// `stages`; empty when there are none.
    package var stages: [LoadStage] = []
    /// `requests`; empty when there are none.
    package var requests: [ScenarioRequest] = []
    /// `wait`.
    package var wait: WaitTime?
    /// `spawn-rate`, users a second.
    package var spawnRate: Double?
    /// `arrivals`.
    package var arrivals: Arrivals?
    /// `drop`, in seconds.
    package var dropped: Double?
    /// `slo`, as `--slo` takes it.
    package var objectives: String?
    /// `abort-after`, in seconds.
    package var abortAfter: Double?
    /// `follow`.
    package var follows: Bool?
    /// `seed`.
    package var seed: UInt64?

    /// The shape of its stages; nil when it has none.
    package var shape: LoadShape? { stages.isEmpty ? nil : LoadShape(kind: .stages, stages: stages) }
}

/// One kind of request of a scenario, before pictures are read and data is put in.
package struct ScenarioRequest: Sendable {
    /// What is sent with it.
    package enum Body: Sendable {
        case none
        /// Text that data may fill; values are escaped where it is JSON.
        case text(Placeholders, isJSON: Bool)
        /// A file as it is.
        case bytes([UInt8])
        /// Pictures, as files or folders, for one of the service's APIs.
        case pictures([String], ServiceAPI)
    }

    /// In tables; path and method when the file has none.
    package var name: String
    /// `GET` …
    package var method: String
    /// With its query, and places for data.
    package var path: Placeholders
    /// In the order of the file.
    package var headers: [(name: String, value: Placeholders)] = []
    /// How often it is chosen against the others.
    package var weight = 1.0
    /// What is sent.
    package var body = Body.none
    /// Pictures only: no two requests alike.
    package var isUnique = false
    /// Pictures only: `size=256&format=webp`.
    package var query = ""
    /// The checks of its responses.
    package var checks = ResponseChecks()
    /// Whether the file has `checks`; without them pictures get their own.
    package var hasChecks = false
    /// Fills the places.
    package var data: DataFeed?
    /// Its position, for errors.
    package var place: ScenarioError
}

/// What is wrong in a scenario file or in a file that it names, and where.
package struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file.
    package var file: String
    /// Counted from 1; nil where the whole file is meant.
    package var line: Int?
    /// Counted from 1.
    package var column: Int?
    /// What is wrong and what to do, a sentence.
    package var problem: String

    package init(file: String, line: Int? = nil, column: Int? = nil, _ problem: String) {
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem
    }

    package var description: String {
        let place = [line, column].compactMap { $0 }.map { ":\($0)" }.joined()
        return "\(file)\(place): \(problem)"
    }
}
