import Synchronization

/// Whether the service can take work: what `/health/ready` says.
package final class Readiness: Sendable {
    /// The life of a service; it only moves forward.
    package enum State: String, Sendable {
        /// The model is being loaded or warmed up.
        case starting
        /// Work is welcome.
        case ready
        /// Work in hand is being finished; new work should go elsewhere.
        case draining
    }

    private let state = Mutex(State.starting)

    /// Begins as `starting`.
    package init() {}

    /// The state at this moment.
    package var current: State { state.withLock { $0 } }

    /// The model is loaded and one run has passed. Without effect once draining.
    package func becomeReady() {
        state.withLock { if $0 == .starting { $0 = .ready } }
    }

    /// The service is about to stop.
    package func beginDraining() {
        state.withLock { $0 = .draining }
    }
}
