import Synchronization

/// Wakes the workers of this process that wait for a job.
///
/// Who looks for a job notes `rings` first: a ring that falls between the look and the waiting is not missed.
package final class JobBell: Sendable {
    private struct State {
        var rings: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Makes a bell.
    package init() {}

    /// How often it has rung.
    package var rings: UInt64 { state.withLock { $0.rings } }

    /// Wakes all who wait; each looks for itself whether there is something for it.
    package func ring() {
        let woken = state.withLock { state in
            state.rings += 1
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in woken { waiter.resume() }
    }

    /// Calls `attempt` now and after each ring until it gives a claim. Nil when `patience` is over or the task is cancelled.
    package func claim(
        waitingUpTo patience: Duration, attempt: () async throws(JobStoreError) -> JobClaim?
    ) async throws(JobStoreError) -> JobClaim? {
        let end = ContinuousClock.now.advanced(by: patience)
        while !Task.isCancelled {
            let seen = rings
            if let claim = try await attempt() { return claim }
            guard ContinuousClock.now < end else { return nil }
            await wait(since: seen, until: end)
        }
        return nil
    }

    /// Returns after the ring that follows the `seen`th, at `end`, or when the task is cancelled.
    private func wait(since seen: UInt64, until end: ContinuousClock.Instant) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = Task {
            try? await Task.sleep(until: end, clock: .continuous)
            wake(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Cancellation sets its flag before it calls the handler, which takes the same lock: either the flag is seen here,
                // or the handler finds the waiter. The timer can't have rung for a waiter that is not there yet and never look
                // again, because the time is looked at here too.
                let isOver = state.withLock { state in
                    if state.rings != seen || Task.isCancelled || ContinuousClock.now >= end { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wake(number)
        }
        timer.cancel()
    }

    private func wake(_ number: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
}
