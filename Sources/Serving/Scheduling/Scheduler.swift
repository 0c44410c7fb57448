package import JobQueue
import Synchronization

/// Runs the jobs of a handler: as many at once as there are slots (and now and then an urgent one before them), within the memory
/// limit, in the order of turns, and only those that can be done in time.
///
/// All that is decided is decided by `AdmissionController`; this class is the lock around it, a gate for each job that waits
/// at it, and an alarm for the earliest job that would wait in vain.
///
/// A job whose task is cancelled while it waits leaves the line at once. A running job keeps its slot until the handler
/// returns, so that cancelling never makes more work run at once than is allowed. The result's timings
/// begin with `queue`, the time spent in the line.
package final class Scheduler: Sendable {
    private let handler: any JobHandler
    private let time: MonotonicTime
    private let state: Mutex<SchedulerState>

    /// Puts the lines in front of `handler`.
    package init(handler: any JobHandler, limits: SchedulerLimits, time: MonotonicTime = .system) {
        self.handler = handler
        self.time = time
        state = Mutex(SchedulerState(limits: limits))
    }

    deinit {
        state.withLock { $0.alarm?.task.cancel() }
    }

    /// The handler's styles.
    package var styles: [StyleDescription] { handler.styles }

    /// Waits for a slot and does the job in it. `cost` is what the handler said that it will take.
    ///
    /// `onStart` is called when the job has its slot, before the handler gets it; not at all if it never does.
    /// The outcome is `notNow` when the job would take longer than its terms allow: at once, or, when its turn
    /// has not come in time, before 1.1 times that have passed. It has not been begun then.
    /// Errors: `imageTooLarge` when it needs more memory than there is, `overloaded` when the line is full or the scheduler drains,
    /// `expired` when its deadline cannot be met (at once) or passes while it waits (at that moment), `cancelled` when the task is,
    /// and the handler's own.
    package func run(
        _ request: JobRequest, cost: JobCost, terms: JobTerms,
        progress: @escaping @Sendable (JobProgress) -> Void = { _ in }, onStart: @escaping @Sendable () -> Void = {}
    ) async throws(JobError) -> SchedulerOutcome {
        let arrival = JobArrival(cost: cost, encodedBytes: request.image.count, terms: terms)
        let arrived = time.now()
        let ticket = state.withLock { $0.makeTicket() }
        let isUrgent: Bool
        switch await enter(ticket, arrival) {
        case .started(let overtakes): isUrgent = overtakes
        case .cancelled: throw JobError(.cancelled, "The job was cancelled while it waited in line.")
        case .turnedAway(.notNow(let seconds)): return .notNow(predictedSeconds: seconds)
        case .turnedAway(let reason): throw reason.error ?? JobError(.internal, "The job was turned away.")
        }
        var succeeded = false
        defer { end(ticket, succeeded: succeeded) }
        if Task.isCancelled { throw JobError(.cancelled, "The job was cancelled before it started.") }
        let waited = (time.now() - arrived) / .seconds(1)
        onStart()
        var result = try await handler.run(request, isUrgent: isUrgent, progress: progress)
        succeeded = true
        result.timings.insert(StageTiming(name: "queue", seconds: max(0, waited)), at: 0)
        return .finished(result)
    }

    /// Seconds until a job of `cost` that comes to the direct line now, from `client` (by default one without other jobs), would be
    /// done.
    package func predictedSeconds(for cost: JobCost, client: String = "") -> Double {
        atThisTime { $0.predictedSeconds(for: .probe(cost, client: client)) }
    }

    /// Seconds until the smallest job of somebody who has none would be done: the least that anybody who comes now has to wait.
    package var newcomersWait: Double { predictedSeconds(for: .smallest) }

    /// Seconds until a job at `position` of the job store (1 is next) is done, when `workers` processes like this one share it.
    package func secondsUntilDone(position: Int, workers: Int) -> Double {
        atThisTime { $0.secondsUntilDone(position: position, workers: workers) }
    }

    /// What runs and waits at this moment.
    package var load: SchedulerLoad {
        atThisTime { controller in
            let waiting = controller.waitingCount
            return SchedulerLoad(
                running: controller.runningCount, waiting: waiting.direct + waiting.queued, slots: controller.limits.slots,
                predictedWait: controller.predictedSeconds(for: .probe(JobCost(pixels: 512 * 512, memoryBytes: 0))),
                coreSecondsPerMegapixel: controller.model.hasMeasured ? controller.model.coreSeconds(pixels: 1_000_000) : nil,
                memoryInUse: controller.memoryInUse, memoryLimit: controller.limits.memoryBytes)
        }
    }

    /// Others hold so many of the bytes that jobs may take: photos that wait, pictures that are kept.
    package func setMemoryElsewhere(_ bytes: Int) {
        decide { state, now in
            state.controller.memoryElsewhere = bytes
            state.perform(state.controller.advance(to: now))
        }
    }

    /// From now on nobody new is taken (`draining`); those who wait still run.
    package func beginDraining() {
        state.withLock { $0.controller.beginDraining() }
    }

    /// Takes jobs again. Those who wait in `drain` go on.
    package func resume() {
        decide { state, _ in
            state.controller.resume()
            state.releaseIdleWatchers()
        }
    }

    /// Takes nobody new, and returns when the last job has ended, the task is cancelled, or somebody calls `resume`.
    package func drain() async {
        let id = state.withLock { state in
            state.controller.beginDraining()
            return state.makeTicket()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // As in `enter`: a cancellation is either seen here or finds the watcher.
                let isOver = state.withLock { state in
                    if state.controller.isIdle || !state.controller.isDraining || Task.isCancelled { return true }
                    state.idleWatchers[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.idleWatchers.removeValue(forKey: id) }?.resume()
        }
    }

    private func enter(_ ticket: UInt64, _ arrival: JobArrival) async -> SchedulerEntry {
        await withTaskCancellationHandler {
            await withCheckedContinuation { gate in
                decide { state, now in
                    state.gates[ticket] = gate
                    // Cancellation sets its flag before it calls the handler below, which takes the same lock: either the
                    // flag is seen here, or the handler comes later and finds the job in the line. No job waits for ever.
                    if Task.isCancelled { return state.release(ticket, .cancelled) }
                    state.perform(state.controller.arrive(ticket, arrival, at: now))
                }
            }
        } onCancel: {
            decide { state, now in
                guard let actions = state.controller.leave(ticket, at: now) else { return }
                state.release(ticket, .cancelled)
                state.perform(actions)
            }
        }
    }

    private func end(_ ticket: UInt64, succeeded: Bool) {
        decide { state, now in
            state.perform(state.controller.finish(ticket, succeeded: succeeded, at: now))
        }
    }

    /// Changes the state, then lets go those who can, outside the lock.
    private func decide<Value: Sendable>(_ change: (inout SchedulerState, ContinuousClock.Instant) -> Value) -> Value {
        let (value, releases) = state.withLock { state in
            let value = change(&state, time.now())
            if state.controller.isIdle { state.releaseIdleWatchers() }
            setAlarm(in: &state)
            return (value, state.takeReleases())
        }
        releases.resume()
        return value
    }

    /// Reads from a controller whose clocks show the present.
    private func atThisTime<Value: Sendable>(_ read: (AdmissionController) -> Value) -> Value {
        decide { state, now in
            state.perform(state.controller.advance(to: now))
            return read(state.controller)
        }
    }

    /// One alarm at a time, for the earliest moment at which somebody would wait in vain.
    private func setAlarm(in state: inout SchedulerState) {
        let next = state.controller.nextAlarm
        guard next != state.alarm?.time else { return }
        state.alarm?.task.cancel()
        state.alarm = next.map { moment in
            let task = Task { [weak self, time] in
                await time.sleep(moment)
                if !Task.isCancelled { self?.ring() }
            }
            return (moment, task)
        }
    }

    private func ring() {
        decide { state, now in
            state.alarm?.task.cancel()
            state.alarm = nil  // set anew after this, even for the same moment, in case it rang early
            state.perform(state.controller.advance(to: now))
        }
    }
}

extension JobCost {
    /// To ask how long the way to a slot is.
    static let smallest = JobCost(pixels: 1, memoryBytes: 0)
}

extension JobArrival {
    /// A job that nobody has sent, to ask what would become of it.
    fileprivate static func probe(_ cost: JobCost, client: String = "") -> JobArrival {
        JobArrival(cost: cost, encodedBytes: 0, terms: JobTerms(client: client))
    }
}

/// What became of a job that was offered to the scheduler.
package enum SchedulerOutcome: Sendable {
    /// It was run.
    case finished(JobResult)
    /// It would have been done only in so many seconds, which is more than its terms allow: it was not taken.
    case notNow(predictedSeconds: Double)
}

/// What runs and waits in the scheduler at one moment.
package struct SchedulerLoad: Sendable, Equatable {
    /// Jobs that run; one more than there are slots while one overtakes the others.
    package var running: Int
    /// Jobs in both lines.
    package var waiting: Int
    /// Jobs that can run at once.
    package var slots: Int
    /// Seconds after which a job of 512×512 that comes now would be done.
    package var predictedWait: Double
    /// Seconds of one core that a megapixel takes, as measured lately; nil before the first job.
    package var coreSecondsPerMegapixel: Double?
    /// Bytes that the running jobs may allocate.
    package var memoryInUse: Int
    /// Bytes that running jobs may allocate in all.
    package var memoryLimit: Int

    /// Makes a load.
    package init(
        running: Int = 0, waiting: Int = 0, slots: Int = 1, predictedWait: Double = 0, coreSecondsPerMegapixel: Double? = nil,
        memoryInUse: Int = 0, memoryLimit: Int = .max
    ) {
        self.running = running
        self.waiting = waiting
        self.slots = slots
        self.predictedWait = predictedWait
        self.coreSecondsPerMegapixel = coreSecondsPerMegapixel
        self.memoryInUse = memoryInUse
        self.memoryLimit = memoryLimit
    }
}
