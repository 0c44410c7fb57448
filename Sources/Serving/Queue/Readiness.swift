import Synchronization

/// Whether the service can take work: what `/health/ready` reports.
package final class Readiness: Sendable {
    /// The phases of a service, in order.
    package enum State: String, Sendable {
        /// The model is being loaded or warmed up.
        case starting
        /// The service takes work.
        case ready
        /// Work in hand is being finished; new work should go elsewhere.
        case draining
    }

    private struct Contents {
        var state = State.starting
        var lastKey = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]

        mutating func enter(_ new: State) -> [CheckedContinuation<Void, Never>] {
            state = new
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private let contents = Mutex(Contents())
    private let observeWaiters: (@Sendable (Int) -> Void)?
    private let observeDraining: (@Sendable () -> Void)?

    /// Starts as `starting`. `observeWaiters` is called with the number of waiting tasks after each change, and `observeDraining` once the
    /// service is draining, both outside the lock.
    package init(observeWaiters: (@Sendable (Int) -> Void)? = nil, observeDraining: (@Sendable () -> Void)? = nil) {
        self.observeWaiters = observeWaiters
        self.observeDraining = observeDraining
    }

    /// The present state.
    package var current: State { contents.withLock { $0.state } }

    /// The model is loaded and one run has succeeded. Without effect while draining.
    package func becomeReady() {
        resume(contents.withLock { $0.state == .starting ? $0.enter(.ready) : [] })
    }

    /// The service is about to stop.
    package func beginDraining() {
        resume(contents.withLock { $0.enter(.draining) })
        observeDraining?()
    }

    private func resume(_ waiters: [CheckedContinuation<Void, Never>]) {
        for waiter in waiters { waiter.resume() }
        if !waiters.isEmpty { observeWaiters?(0) }
    }

    /// Waits until the service has left `starting`, for at most `time`. Returns at once where `maximumWaiters` tasks wait already, and
    /// when the task is cancelled. `current` tells the result.
    package func waitUntilStarted(atMost time: Duration, maximumWaiters: Int) async {
        guard current == .starting, time > .zero else { return }
        await withTaskGroup { group in
            group.addTask { await self.waitUntilStarted(maximumWaiters: maximumWaiters) }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitUntilStarted(maximumWaiters: Int) async {
        let key = contents.withLock { contents in
            contents.lastKey += 1
            return contents.lastKey
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let count: Int? = contents.withLock { contents in
                    guard contents.state == .starting, !Task.isCancelled, contents.waiters.count < maximumWaiters else {
                        return nil
                    }
                    contents.waiters[key] = continuation
                    return contents.waiters.count
                }
                if let count { observeWaiters?(count) } else { continuation.resume() }
            }
        } onCancel: {
            let (waiter, count) = contents.withLock { ($0.waiters.removeValue(forKey: key), $0.waiters.count) }
            guard let waiter else { return }
            waiter.resume()
            observeWaiters?(count)
        }
    }
}
