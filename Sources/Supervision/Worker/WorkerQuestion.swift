import Foundation

/// What a supervisor asks a worker.
package enum WorkerQuestion: Sendable, Equatable, Codable {
    /// How are you? `isAdmitted`: connections may be taken; `leastConnections`: how many the worker has that has fewest.
    case load(isAdmitted: Bool, leastConnections: Int)
    /// Your metrics, as text.
    case metrics

    var bytes: [UInt8] { (try? JSONEncoder().encode(self)).map { [UInt8]($0) } ?? [] }
}

/// Answers a supervisor's questions.
package struct WorkerDesk: Sendable {
    private let load: @Sendable () -> WorkerLoad
    private let metrics: @Sendable () async -> String
    private let admit: @Sendable (Int) -> Void

    /// `admit` is called at each question once the worker may take connections, with the connections of the worker that has fewest.
    package init(
        load: @escaping @Sendable () -> WorkerLoad, metrics: @escaping @Sendable () async -> String,
        admit: @escaping @Sendable (Int) -> Void
    ) {
        self.load = load
        self.metrics = metrics
        self.admit = admit
    }

    /// The answer to a question.
    /// - Throws: `DecodingError` for something that is none.
    package func answer(_ bytes: [UInt8]) async throws -> [UInt8] {
        switch try JSONDecoder().decode(WorkerQuestion.self, from: Data(bytes)) {
        case .load(let isAdmitted, let least):
            if isAdmitted { admit(least) }
            return [UInt8](try JSONEncoder().encode(load()))
        case .metrics: return Array(await metrics().utf8)
        }
    }
}
