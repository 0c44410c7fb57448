/// What a ``PoolController`` asks its supervisor to do.
package enum PoolAction: Sendable, Equatable {
    /// Start a worker.
    case start(WorkerSpecification)
    /// Let the worker with this id accept connections.
    case admit(Int)
    /// Ask the worker with this id to finish the requests in hand and exit.
    case drain(Int)
    /// Kill the worker with this id.
    case kill(Int)
    /// Write a line to the log.
    case log(PoolLogMessage)
    /// The last worker has ended, and so has the pool; `failure` is a sentence when it could not go on.
    case end(failure: String?)
}

/// A worker to start.
package struct WorkerSpecification: Sendable, Equatable {
    /// Unique in a pool's life.
    package var id: Int
    /// 0 and up. A worker and its replacement have the same slot.
    package var slot: Int
    /// What to start.
    package var generation: Generation
    /// The number of compute threads.
    package var threads: Int
}

/// A line of the pool's log.
package struct PoolLogMessage: Sendable, Equatable {
    /// The severity.
    package enum Level: Sendable, Equatable {
        case info
        case warning
        case error
    }

    /// The severity.
    package var level: Level
    /// One sentence.
    package var text: String
}

extension PoolAction {
    static func log(_ level: PoolLogMessage.Level, _ text: String) -> PoolAction {
        .log(PoolLogMessage(level: level, text: text))
    }
}
