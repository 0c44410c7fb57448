import Serving
import Synchronization

/// A clock that a test advances by hand.
final class ManualClock: Sendable {
    private struct State {
        var now = ContinuousClock.now
        var nextKey = 0
        var sleepers: [Int: (until: ContinuousClock.Instant, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())
    /// The number of sleeping tasks after each change of it.
    private let sleeperCounts = AsyncStream<Int>.makeStream()

    var now: ContinuousClock.Instant { state.withLock { $0.now } }

    /// For the scheduler under test.
    var clock: SchedulerClock {
        SchedulerClock(now: { self.now }, sleep: { await self.sleep(until: $0) })
    }

    /// Advances the time, and wakes the tasks that have slept long enough.
    func advance(by duration: Duration) {
        let awake = state.withLock { state in
            state.now += duration
            let awake = state.sleepers.filter { $0.value.until <= state.now }
            for key in awake.keys { state.sleepers[key] = nil }
            return awake.values.map(\.continuation)
        }
        for continuation in awake { continuation.resume() }
    }

    /// Waits until so many tasks sleep.
    func untilSleeping(_ count: Int) async {
        for await sleepers in sleeperCounts.stream where sleepers == count { return }
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
                    sleeperCounts.continuation.yield(state.sleepers.count)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: key)
                if sleeper != nil { sleeperCounts.continuation.yield(state.sleepers.count) }
                return sleeper
            }
            sleeper?.continuation.resume()
        }
    }
}
