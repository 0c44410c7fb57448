import JobQueue
import Synchronization

/// Wakes the tasks of this process that wait for a job: a small stream in Redis gets an entry when something can be claimed.
///
/// However many tasks wait, one `XREAD` listens for all of them. Each waits after the number of entries at which it found nothing to
/// claim; the largest number is the latest one, so it holds for all.
final class RedisJobNotifications: Sendable {
    /// The longest that one command listens, and that a task waits before it looks for a job again: bounds the delay where a
    /// notification was lost (Redis came back empty).
    static let interval: Duration = .seconds(1)

    private struct State {
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var isListening = false
    }

    private struct Waiter {
        var count: Int
        var continuation: CheckedContinuation<Result<Void, JobStoreError>, Never>
    }

    private let state = Mutex(State())
    private let connection: RedisConnection
    private let key: String
    private let onWait: @Sendable () -> Void

    /// Listens on the stream `key` over a `connection` of its own; `onWait` is called each time a task has begun to wait.
    init(key: String, connection: RedisConnection, onWait: @escaping @Sendable () -> Void) {
        self.key = key
        self.connection = connection
        self.onWait = onWait
    }

    /// Returns when more than `count` notifications have been sent, when the timeout has passed, or when the task is cancelled.
    func wait(after count: Int, upTo timeout: Duration) async throws(JobStoreError) {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = Task { [weak self] in
            try await Task.sleep(for: min(timeout, Self.interval))
            self?.wake(number)
        }
        defer { timer.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in enter(number, Waiter(count: count, continuation: continuation)) }
        } onCancel: {
            wake(number)
        }
        try outcome.get()
    }

    private func enter(_ number: Int, _ waiter: Waiter) {
        enum Action { case leave, listen, wait }
        let action: Action = state.withLock { state in
            // Checked under the lock: a later cancellation finds the waiter.
            if Task.isCancelled { return .leave }
            state.waiters[number] = waiter
            if state.isListening { return .wait }
            state.isListening = true
            return .listen
        }
        switch action {
        case .leave: return waiter.continuation.resume(returning: .success(()))
        case .listen: Task { await listen() }
        case .wait: break
        }
        onWait()
    }

    private func wake(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(returning: .success(()))
    }

    private func wakeAll(_ outcome: Result<Void, JobStoreError>) {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.continuation.resume(returning: outcome) }
    }

    /// Listens while there are waiters.
    private func listen() async {
        while let count = latestCount() {
            do throws(JobStoreError) {
                let words = ["XREAD", "BLOCK", "\(Self.interval.components.seconds * 1_000)", "STREAMS", key, "\(count)-0"]
                let reply = try await connection.run(.plain(words.map { Array($0.utf8) }), blocking: Self.interval)
                if !reply.list.isEmpty { wakeAll(.success(())) }
            } catch {
                wakeAll(.failure(error))
            }
        }
    }

    private func latestCount() -> Int? {
        state.withLock { state in
            let count = state.waiters.values.map(\.count).max()
            state.isListening = count != nil
            return count
        }
    }
}
