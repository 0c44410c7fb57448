import Synchronization

/// Wakes the tasks of this process that wait for a job.
///
/// A waiter reads the generation before it looks for a job: a notification between the look and the wait is not missed.
package final class JobNotifications: Sendable {
    private struct State {
        var generation: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())
    private let onWait: @Sendable () -> Void

    /// - Parameter onWait: called each time a task has begun to wait.
    package init(onWait: @escaping @Sendable () -> Void = {}) { self.onWait = onWait }

    /// Wakes all waiters; each looks for a job itself.
    package func notify() {
        let woken = state.withLock { state in
            state.generation += 1
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in woken { waiter.resume() }
    }

    /// Calls `attempt` now and after each notification until it returns a claim.
    ///
    /// - Returns: nil when `timeout` has passed or the task is cancelled.
    package func claim(
        waitingUpTo timeout: Duration, attempt: () async throws(JobStoreError) -> JobClaim?
    ) async throws(JobStoreError) -> JobClaim? {
        let end = ContinuousClock.now.advanced(by: timeout)
        while !Task.isCancelled {
            let generation = state.withLock(\.generation)
            if let claim = try await attempt() { return claim }
            guard ContinuousClock.now < end else { return nil }
            await wait(after: generation, until: end)
        }
        return nil
    }

    /// Returns when `generation` is over, at `end`, or when the task is cancelled.
    private func wait(after generation: UInt64, until end: ContinuousClock.Instant) async {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = Task {
            try? await Task.sleep(until: end, clock: .continuous)
            wake(waiter)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Cancellation sets its flag before it calls the handler, which takes the same lock: either the flag is seen here,
                // or the handler finds the waiter. The clock is read here for the same reason: a timer that fired before the
                // waiter was stored does not fire again.
                let isOver = state.withLock { state in
                    if state.generation != generation || Task.isCancelled || ContinuousClock.now >= end { return true }
                    state.waiters[waiter] = continuation
                    return false
                }
                if isOver { continuation.resume() } else { onWait() }
            }
        } onCancel: {
            wake(waiter)
        }
        timer.cancel()
    }

    private func wake(_ waiter: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
    }
}
