package import JobQueue
import Synchronization

/// Runs at most `limits.slots` jobs of a handler at once; the others wait in a bounded line, first come, first served.
///
/// A job whose task is cancelled while it waits leaves the line. A running job keeps its slot until the handler
/// returns, so that cancelling never makes more work run at once than there are slots. The result's timings
/// begin with `queue`, the time spent in the line.
package final class Scheduler: Sendable {
    private enum Admission {
        case started
        case refused(WaitingLine.Refusal)
        case cancelled
    }

    private struct State {
        var line: WaitingLine
        var nextTicket: WaitingLine.Ticket = 0
        /// One for each job in the line.
        var gates: [WaitingLine.Ticket: CheckedContinuation<Admission, Never>] = [:]
        var idleWatchers: [CheckedContinuation<Void, Never>] = []
    }

    private let handler: any JobHandler
    private let retryAfter: Int
    private let state: Mutex<State>

    /// Puts a line in front of `handler`. `retryAfter` is the number of seconds that refused clients are told to wait.
    package init(handler: any JobHandler, limits: WaitingLine.Limits, retryAfter: Int = 5) {
        self.handler = handler
        self.retryAfter = retryAfter
        self.state = Mutex(State(line: WaitingLine(limits: limits)))
    }

    /// The handler's styles.
    package var styles: [StyleDescription] { handler.styles }

    /// What runs and waits at this moment.
    package var load: SchedulerLoad {
        state.withLock { SchedulerLoad(running: $0.line.running, waiting: $0.line.waiting, slots: 1) }
    }

    /// Takes nobody new from now on.
    package func beginDraining() { state.withLock { $0.line.beginDraining() } }

    /// Takes jobs again after `beginDraining`.
    package func resume() {}

    /// Seconds after which a job that comes now would be done.
    package func predictedSeconds(for cost: JobCost) -> Double { 0 }

    /// Waits for a slot and does the job in it.
    /// Errors: `overloaded` when the line is full, `cancelled` when the task is, `expired` when the deadline passes before the start, and the handler's own.
    package func run(
        _ request: JobRequest, cost: JobCost, terms: JobTerms,
        progress: @escaping @Sendable (JobProgress) -> Void = { _ in },
        onStart: @escaping @Sendable () -> Void = {}
    ) async throws(JobError) -> SchedulerOutcome {
        let clock = ContinuousClock()
        let arrival = clock.now
        switch await enter(bytes: request.image.count) {
        case .started: break
        case .refused(let reason): throw refusal(for: reason)
        case .cancelled: throw JobError(.cancelled, "The job was cancelled while it waited in line.")
        }
        defer { leaveSlot() }
        if Task.isCancelled { throw JobError(.cancelled, "The job was cancelled before it started.") }
        let waited = arrival.duration(to: clock.now)
        onStart()
        var result = try await handler.run(request, progress: progress)
        result.timings.insert(StageTiming(name: "queue", seconds: waited / .seconds(1)), at: 0)
        return .finished(result)
    }

    /// Seconds until a job at `position` of the store's queue is done, when `workers` processes share the queue.
    package func secondsUntilDone(position: Int, workers: Int) -> Double {
        Double(position) / Double(max(1, workers))
    }

    /// Takes nobody new, and returns when the last job has ended.
    package func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.line.beginDraining()
                if !state.line.isIdle { state.idleWatchers.append(continuation) }
                return state.line.isIdle
            }
            if isIdle { continuation.resume() }
        }
    }

    private func enter(bytes: Int) async -> Admission {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let decided = state.withLock { decide(ticket, bytes: bytes, gate: continuation, in: &$0) }
                if let decided { continuation.resume(returning: decided) }
            }
        } onCancel: {
            let gate = state.withLock { state in
                state.line.leave(ticket) ? state.gates.removeValue(forKey: ticket) : nil
            }
            gate?.resume(returning: .cancelled)
        }
    }

    /// The decision if it falls now; nil when the job waits and its gate is kept.
    private func decide(
        _ ticket: WaitingLine.Ticket, bytes: Int,
        gate: CheckedContinuation<Admission, Never>, in state: inout State
    ) -> Admission? {
        // Cancellation sets its flag before it calls the handler above, which takes the same lock: either the
        // flag is seen here, or the handler comes later and finds the job in the line. No job waits for ever.
        if Task.isCancelled { return .cancelled }
        switch state.line.arrive(ticket, bytes: bytes) {
        case .start: return .started
        case .refuse(let reason): return .refused(reason)
        case .wait:
            state.gates[ticket] = gate
            return nil
        }
    }

    private func leaveSlot() {
        let (gate, watchers) = state.withLock { state in
            let gate = state.line.finish().flatMap { state.gates.removeValue(forKey: $0) }
            guard state.line.isIdle else { return (gate, [CheckedContinuation<Void, Never>]()) }
            let watchers = state.idleWatchers
            state.idleWatchers = []
            return (gate, watchers)
        }
        gate?.resume(returning: .started)
        for watcher in watchers { watcher.resume() }
    }

    private func refusal(for reason: WaitingLine.Refusal) -> JobError {
        switch reason {
        case .tooManyJobs, .tooManyBytes:
            JobError(.overloaded, "The line is full. Please try again in \(retryAfter) seconds.", retryAfter: retryAfter)
        case .draining:
            JobError(.overloaded, "The server is stopping. Please try again in a moment.", retryAfter: retryAfter)
        }
    }
}
