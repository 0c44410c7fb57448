import JobQueue
import Synchronization

/// Wakes tasks that wait for a job: the bell is a small stream in Redis that gets an entry when something can be claimed.
///
/// However many wait, one command listens for them all. Each waits since some count of rings at which nothing was to be claimed;
/// the highest count speaks for all, as it was the latest.
final class Bell: Sendable {
    /// The longest that one command listens, and that a task waits before it looks for itself: a ring that was lost
    /// (Redis came back empty) costs no more.
    static let patience: Duration = .seconds(1)

    private struct State {
        var waiters: [Int: Waiter] = [:]
        var arrivals = 0
        var isListening = false
    }

    private struct Waiter {
        var rings: Int
        var continuation: CheckedContinuation<Result<Void, JobStoreError>, Never>
    }

    private let state = Mutex(State())
    private let connection: RedisConnection
    private let key: String

    init(key: String, connection: RedisConnection) {
        self.key = key
        self.connection = connection
    }

    /// Returns when the bell has rung more than `rings` times, when the time is over or when the task is cancelled.
    func wait(after rings: Int, upTo time: Duration) async throws(JobStoreError) {
        let ticket = state.withLock { state in
            state.arrivals += 1
            return state.arrivals
        }
        let timer = Task { [weak self] in
            try await Task.sleep(for: min(time, Self.patience))
            self?.wake(ticket)
        }
        defer { timer.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in enter(ticket, Waiter(rings: rings, continuation: continuation)) }
        } onCancel: {
            wake(ticket)
        }
        try outcome.get()
    }

    private func enter(_ ticket: Int, _ waiter: Waiter) {
        enum Step { case leave, listen, nothing }
        let step: Step = state.withLock { state in
            // Looked at under the lock: a cancellation after this finds the waiter.
            if Task.isCancelled { return .leave }
            state.waiters[ticket] = waiter
            if state.isListening { return .nothing }
            state.isListening = true
            return .listen
        }
        switch step {
        case .leave: waiter.continuation.resume(returning: .success(()))
        case .listen: Task { await listen() }
        case .nothing: break
        }
    }

    private func wake(_ ticket: Int) {
        state.withLock { $0.waiters.removeValue(forKey: ticket) }?.continuation.resume(returning: .success(()))
    }

    private func wakeAll(_ outcome: Result<Void, JobStoreError>) {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.continuation.resume(returning: outcome) }
    }

    /// Listens as long as somebody waits.
    private func listen() async {
        while let rings = latest() {
            do throws(JobStoreError) {
                let words = ["XREAD", "BLOCK", "\(Self.patience.components.seconds * 1_000)", "STREAMS", key, "\(rings)-0"]
                let reply = try await connection.run(.plain(words.map { Array($0.utf8) }), blocking: Self.patience)
                if !reply.list.isEmpty { wakeAll(.success(())) }
            } catch {
                wakeAll(.failure(error))
            }
        }
    }

    private func latest() -> Int? {
        state.withLock { state in
            let rings = state.waiters.values.map(\.rings).max()
            state.isListening = rings != nil
            return rings
        }
    }
}
