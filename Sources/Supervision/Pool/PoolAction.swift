/// What a pool's decisions ask to be done.
package enum PoolAction: Sendable, Equatable {
    /// Start a worker.
    case start(WorkerOrder)
    /// Let the worker take connections.
    case admit(Int)
    /// Ask the worker to finish what it has and end.
    case drain(Int)
    /// Kill the worker.
    case kill(Int)
    /// Tell the operator.
    case note(PoolNote)
    /// All workers are gone: the pool is over. The sentence says what went wrong, if anything.
    case end(failure: String?)
}

/// A sentence for the log.
package struct PoolNote: Sendable, Equatable {
    /// How much it matters.
    package enum Weight: Sendable, Equatable {
        case info
        case warning
        case error
    }

    /// How much it matters.
    package var weight: Weight
    /// The sentence.
    package var text: String
}
