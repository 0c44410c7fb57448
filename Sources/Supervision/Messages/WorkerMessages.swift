import Foundation

/// What a supervisor asks a worker.
///
/// The encoded names are a contract between programs of different versions: during a rolling update an old supervisor asks new workers.
package enum WorkerRequest: Sendable, Equatable, Codable {
    /// Asks for the worker's ``WorkerLoad``. `isAdmitted`: the worker may accept connections. `leastConnections`: the connections of the
    /// worker that has fewest.
    case load(isAdmitted: Bool, leastConnections: Int)
    /// Asks for the worker's metrics in Prometheus' text format.
    case metrics

    var bytes: [UInt8] { (try? JSONEncoder().encode(self)).map { [UInt8]($0) } ?? [] }
}

/// A worker's answers to its supervisor.
package struct WorkerResponder: Sendable {
    private let load: @Sendable () -> WorkerLoad
    private let metrics: @Sendable () async -> String
    private let admit: @Sendable (Int) -> Void

    /// - Parameter admit: called with the connections of the worker that has fewest, at each request for the load once the worker may accept
    ///   connections.
    package init(
        load: @escaping @Sendable () -> WorkerLoad, metrics: @escaping @Sendable () async -> String,
        admit: @escaping @Sendable (Int) -> Void
    ) {
        self.load = load
        self.metrics = metrics
        self.admit = admit
    }

    /// The answer to an encoded ``WorkerRequest``.
    /// - Throws: `DecodingError` when `bytes` are no request.
    package func answer(_ bytes: [UInt8]) async throws -> [UInt8] {
        switch try JSONDecoder().decode(WorkerRequest.self, from: Data(bytes)) {
        case .load(let isAdmitted, let least):
            if isAdmitted { admit(least) }
            return [UInt8](try JSONEncoder().encode(load()))
        case .metrics: return Array(await metrics().utf8)
        }
    }
}
