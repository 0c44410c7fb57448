import Synchronization

/// Metrics that were made once, by their labels, so that the hot path neither builds labels nor searches the backend for them.
final class KeptHandles<Key: Hashable & Sendable, Handle: Sendable>: Sendable {
    private let handles = Mutex<[Key: Handle]>([:])
    private let limit: Int

    /// Keeps at most `limit` handles. Later ones are made each time, which the backend bounds in its own way.
    init(limit: Int = 1_000) {
        self.limit = limit
    }

    func handle(for key: Key, make: @Sendable () -> Handle) -> Handle {
        if let known = handles.withLock({ $0[key] }) { return known }
        let made = make()
        return handles.withLock { handles in
            if handles.count < limit { handles[key] = made }
            return made
        }
    }
}
