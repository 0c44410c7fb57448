import Synchronization

/// Counts events, so that a test can wait for the next one.
final class EventCounter: Sendable {
    private struct State {
        var count = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// Events so far.
    var count: Int { state.withLock(\.count) }

    /// Counts an event.
    @Sendable func record() {
        let woken = state.withLock { state in
            state.count += 1
            let woken = state.waiters.filter { $0.count <= state.count }
            state.waiters.removeAll { $0.count <= state.count }
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Returns once there have been `count` events.
    func wait(for count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.count < count { state.waiters.append((count, continuation)) }
                return state.count >= count
            }
            if isReached { continuation.resume() }
        }
    }
}

/// A value that closures share.
final class Mutexed<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) { mutex.withLock { value in body(&value) } }
}
