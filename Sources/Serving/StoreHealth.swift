import Synchronization

/// What is wrong with the job store, if anything, and how many share it, as last heard.
final class StoreHealth: Sendable {
    private struct State {
        var problem: String?
        var workers = 1
    }

    private let state = Mutex(State())

    /// Why the store can't be used; nil when it can.
    var problem: String? { state.withLock { $0.problem } }

    /// Processes that share the store.
    var workers: Int { state.withLock { $0.workers } }

    /// The outcome of the last call. True when this is news.
    @discardableResult
    func note(_ problem: String?) -> Bool {
        state.withLock { state in
            defer { state.problem = problem }
            return (state.problem == nil) != (problem == nil)
        }
    }

    /// As the store's load has it.
    func note(workers: Int) {
        state.withLock { $0.workers = max(1, workers) }
    }
}
