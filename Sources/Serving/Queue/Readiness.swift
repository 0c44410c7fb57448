import Synchronization

/// Whether the service can take work: what `/health/ready` says.
package final class Readiness: Sendable {
    /// The life of a service; it only moves forward.
    package enum State: String, Sendable {
        /// The model is being loaded or warmed up.
        case starting
        /// Work is welcome.
        case ready
        /// Work in hand is being finished; new work should go elsewhere.
        case draining
    }

    private struct Life {
        var state = State.starting
        var lastKey = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:] {
            didSet { notify() }
        }
        var observers: [Int: AsyncStream<Void>.Continuation] = [:]

        private func notify() {
            for observer in observers.values { observer.yield() }
        }

        mutating func enter(_ new: State) -> [CheckedContinuation<Void, Never>] {
            state = new
            defer { waiting = [:] }
            return Array(waiting.values)
        }
    }

    private let life = Mutex(Life())

    /// Begins as `starting`.
    package init() {}

    /// The state at this moment.
    package var current: State { life.withLock { $0.state } }

    /// How many wait for the start to be over.
    package var waiting: Int { life.withLock { $0.waiting.count } }

    /// The model is loaded and one run has passed. Without effect once draining.
    package func becomeReady() {
        let waiting = life.withLock { $0.state == .starting ? $0.enter(.ready) : [] }
        for continuation in waiting { continuation.resume() }
    }

    /// The service is about to stop.
    package func beginDraining() {
        let waiting = life.withLock { $0.enter(.draining) }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until `condition` holds for the state and the number of waiting requests, or the task is cancelled.
    package func wait(until condition: @escaping @Sendable (State, _ waiting: Int) -> Bool) async {
        let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let key = life.withLock { life in
            life.lastKey += 1
            life.observers[life.lastKey] = continuation
            return life.lastKey
        }
        defer { life.withLock { _ = $0.observers.removeValue(forKey: key) } }
        var iterator = changes.makeAsyncIterator()
        while !life.withLock({ condition($0.state, $0.waiting.count) }), await iterator.next() != nil {}
    }

    /// Waits until the start is over, for as long as `time` at most, and not at all where `limit` others wait already. A cancelled task does
    /// not wait on. What has become of the start says `current`.
    package func untilStarted(within time: Duration, among limit: Int) async {
        guard current == .starting, time > .zero else { return }
        await withTaskGroup { group in
            group.addTask { await self.untilStarted(among: limit) }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }

    private func untilStarted(among limit: Int) async {
        let key = life.withLock { life in
            life.lastKey += 1
            return life.lastKey
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = life.withLock { life in
                    guard life.state == .starting, !Task.isCancelled, life.waiting.count < limit else { return false }
                    life.waiting[key] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            life.withLock { $0.waiting.removeValue(forKey: key) }?.resume()
        }
    }
}
