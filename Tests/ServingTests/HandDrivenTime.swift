import Serving
import Synchronization

/// Time that passes when the test says so.
final class HandDrivenTime: Sendable {
    private struct State {
        var now = ContinuousClock.now
        var nextKey = 0
        var sleepers: [Int: (until: ContinuousClock.Instant, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())

    var now: ContinuousClock.Instant { state.withLock { $0.now } }
    var sleepers: Int { state.withLock { $0.sleepers.count } }

    /// For the scheduler under test.
    var time: MonotonicTime {
        MonotonicTime(now: { self.now }, sleep: { await self.sleep(until: $0) })
    }

    /// Time passes; who has slept long enough wakes up.
    func pass(_ duration: Duration) {
        let awake = state.withLock { state in
            state.now += duration
            let awake = state.sleepers.filter { $0.value.until <= state.now }
            for key in awake.keys { state.sleepers[key] = nil }
            return awake.values.map(\.continuation)
        }
        for continuation in awake { continuation.resume() }
    }

    private func sleep(until: ContinuousClock.Instant) async {
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if until <= state.now || Task.isCancelled { return true }
                    state.sleepers[key] = (until, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: key) }?.continuation.resume()
        }
    }
}
