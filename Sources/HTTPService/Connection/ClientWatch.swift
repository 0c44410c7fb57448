import Synchronization

/// Tells the requests of one connection that their client has hung up.
final class ClientWatch: Sendable {
    private struct State {
        var hungUp = false
        var nextKey = 0
        var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Called once, when the client has closed its side or the connection is gone.
    func hangUp() {
        let listeners = state.withLock { state in
            state.hungUp = true
            defer { state.listeners = [:] }
            return state.listeners.values.map { $0 }
        }
        for listener in listeners { listener() }
    }

    /// Runs `operation` in a task that is cancelled when the client hangs up.
    func whileClientListens<Result: Sendable>(_ operation: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let task = Task { try await operation() }
        let key = listen { task.cancel() }
        defer { stopListening(key) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func listen(_ listener: @escaping @Sendable () -> Void) -> Int {
        let (key, isTooLate) = state.withLock { state in
            state.nextKey += 1
            if !state.hungUp { state.listeners[state.nextKey] = listener }
            return (state.nextKey, state.hungUp)
        }
        if isTooLate { listener() }
        return key
    }

    private func stopListening(_ key: Int) {
        state.withLock { _ = $0.listeners.removeValue(forKey: key) }
    }
}
