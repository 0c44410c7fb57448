import JobQueue
import Synchronization

/// One run that several requests wait for. It is cancelled when the last of them is cancelled.
final class SingleFlight: Sendable {
    private struct State {
        var waiters: [Int: CheckedContinuation<ResultCache.Outcome, Never>] = [:]
        var nextKey = 0
        /// Requests that have joined and not left, whether or not they wait already.
        var members = 1
        var outcome: ResultCache.Outcome?
        var task: Task<Void, Never>?
        var isAbandoned = false
    }

    private let state = Mutex(State())

    /// Adds a request. False when the run has been cancelled already.
    func join() -> Bool {
        state.withLock { state in
            if state.isAbandoned { return false }
            state.members += 1
            return true
        }
    }

    /// Sets the task that does the work.
    func attach(_ task: Task<Void, Never>) {
        let isAbandoned = state.withLock { state in
            state.task = task
            return state.isAbandoned
        }
        if isAbandoned { task.cancel() }
    }

    /// Hands the outcome to all requests.
    func finish(_ outcome: ResultCache.Outcome) {
        let waiters = state.withLock { state in
            state.outcome = outcome
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    /// Waits for the outcome. A cancelled task leaves, without effect on the others.
    func wait() async throws(JobError) -> SchedulerOutcome {
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> ResultCache.Outcome? in
                    if let outcome = state.outcome { return outcome }
                    if Task.isCancelled { return Self.cancelled }
                    state.waiters[key] = continuation
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            leave(key)
        }
        return try outcome.get()
    }

    private func leave(_ key: Int) {
        let (waiter, task) = state.withLock { state in
            state.members -= 1
            if state.members == 0 { state.isAbandoned = true }
            return (state.waiters.removeValue(forKey: key), state.isAbandoned ? state.task : nil)
        }
        task?.cancel()
        waiter?.resume(returning: Self.cancelled)
    }

    private static let cancelled = ResultCache.Outcome.failure(JobError(.cancelled, "The client disconnected."))
}
