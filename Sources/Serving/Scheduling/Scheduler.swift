package import JobQueue
import Synchronization

/// Runs prepared jobs: at most as many at once as there are slots (and at times one that preempts them), within the memory limit, in a
/// fair order, and only those that can be done in time.
///
/// All decisions are made by ``AdmissionController``. This class adds the lock around it, a continuation for each waiting job, and a timer
/// for the next job that expires.
///
/// A waiting job whose task is cancelled leaves the queue at once. A running job keeps its slot until its run returns, so that
/// cancellation never makes more work run at once than is allowed. The result's timings begin with `queue`, the seconds spent waiting.
package final class Scheduler: Sendable {
    /// The number of jobs at one moment.
    package struct Activity: Sendable, Equatable {
        /// Running jobs.
        package var running: Int
        /// Waiting jobs of both classes.
        package var waiting: Int
        /// Whether new jobs are rejected.
        package var isDraining: Bool
    }

    private let clock: SchedulerClock
    private let observe: (@Sendable (Activity) -> Void)?
    private let state: Mutex<SchedulerState>

    /// Creates a scheduler without jobs. `observe` is called after each decision, outside the lock and from any thread.
    package init(limits: SchedulerLimits, clock: SchedulerClock = .system, observe: (@Sendable (Activity) -> Void)? = nil) {
        self.clock = clock
        self.observe = observe
        state = Mutex(SchedulerState(limits: limits))
    }

    deinit {
        state.withLock { $0.timer?.task.cancel() }
    }

    /// Waits for a slot and runs the job in it.
    ///
    /// The outcome is `maximumWaitExceeded` when the job would take longer than its options allow: at once, or, when it could not start
    /// in time, before 1.1 times that have passed. The job has not been started then.
    /// - Throws: `imageTooLarge` when the job needs more memory than there is; `overloaded` when the waiting queue is full; `draining`;
    ///   `expired` when the deadline cannot be met (at once) or passes while the job waits (at that moment); `cancelled` when the task is
    ///   cancelled; and what the job itself throws.
    package func run(
        _ job: PreparedJob, options: SchedulingOptions, progress: @escaping @Sendable (JobProgress) -> Void = { _ in }
    ) async throws(JobError) -> SchedulerOutcome {
        let arrival = clock.now()
        let ticket = state.withLock { $0.makeTicket() }
        let isUrgent: Bool
        switch await admit(ticket, AdmissionRequest(cost: job.cost, encodedBytes: job.encodedBytes, options: options)) {
        case .started(let preempts): isUrgent = preempts
        case .cancelled: throw JobError(.cancelled, "The job was cancelled while it waited.")
        case .rejected(.maximumWaitExceeded(let seconds)): return .maximumWaitExceeded(predictedSeconds: seconds)
        case .rejected(let reason): throw reason.error ?? JobError(.internal, "The job was rejected.")
        }
        var succeeded = false
        defer { finish(ticket, succeeded: succeeded) }
        if Task.isCancelled { throw JobError(.cancelled, "The job was cancelled before it started.") }
        let waited = (clock.now() - arrival) / .seconds(1)
        var result = try await job.run(isUrgent: isUrgent, progress: progress)
        succeeded = true
        result.timings.insert(StageTiming(name: "queue", seconds: max(0, waited)), at: 0)
        return .finished(result)
    }

    /// Seconds until a direct job of `cost` that arrives now, from `client` (by default one without other jobs), would be done.
    package func predictedSeconds(for cost: JobCost, client: String = "") -> Double {
        read { $0.predictedSeconds(for: .probe(cost, client: client)) }
    }

    /// Seconds until the smallest job of a client without other jobs would be done: no job that arrives now is done sooner.
    package var minimumPredictedWait: Double { predictedSeconds(for: .smallest) }

    /// Seconds until the job at `position` of the job store (1 is next) is done, when `workers` processes like this one share the store.
    package func secondsUntilDone(position: Int, workers: Int) -> Double {
        read { $0.secondsUntilDone(position: position, workers: workers) }
    }

    /// What runs and waits now.
    package var load: SchedulerLoad {
        read { controller in
            let waiting = controller.waitingCount
            return SchedulerLoad(
                running: controller.runningCount, waiting: waiting.direct + waiting.queued, slots: controller.limits.slots,
                predictedWait: controller.predictedSeconds(for: .probe(JobCost(pixels: 512 * 512, memoryBytes: 0))),
                coreSecondsPerMegapixel: controller.model.hasMeasured ? controller.model.coreSeconds(pixels: 1_000_000) : nil,
                memoryInUse: controller.memoryInUse, memoryLimit: controller.limits.memoryBytes)
        }
    }

    /// Sets how many bytes of the memory limit are in use outside the scheduler: waiting photos, cached pictures.
    package func setExternalMemory(_ bytes: Int) {
        decide { state, now in
            state.controller.externalMemoryBytes = bytes
            state.perform(state.controller.advance(to: now))
        }
    }

    /// Rejects new jobs from now on; waiting ones still run.
    package func beginDraining() {
        decide { state, _ in state.controller.beginDraining() }
    }

    /// Accepts jobs again. Tasks that wait in `drain` return.
    package func resume() {
        decide { state, _ in
            state.controller.resume()
            state.resumeDrainWaiters()
        }
    }

    /// Rejects new jobs, and returns when the last job has ended, the task is cancelled, or `resume` is called.
    package func drain() async {
        let id = state.withLock { $0.makeTicket() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                decide { state, _ in
                    state.controller.beginDraining()
                    state.drainWaiters[id] = continuation
                    // As in `admit`: a cancellation is either seen here or finds the continuation.
                    if Task.isCancelled { state.resumeDrainWaiter(id) }
                }
            }
        } onCancel: {
            decide { state, _ in state.resumeDrainWaiter(id) }
        }
    }

    private func admit(_ ticket: UInt64, _ request: AdmissionRequest) async -> AdmissionOutcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                decide { state, now in
                    state.waiters[ticket] = continuation
                    // Cancellation sets the task's flag before it calls the handler below, which takes the same lock: either the
                    // flag is seen here, or the handler comes later and finds the job in the queue. No job waits forever.
                    if Task.isCancelled { return state.resume(ticket, with: .cancelled) }
                    state.perform(state.controller.arrive(ticket, request, at: now))
                }
            }
        } onCancel: {
            decide { state, now in
                guard let actions = state.controller.cancel(ticket, at: now) else { return }
                state.resume(ticket, with: .cancelled)
                state.perform(actions)
            }
        }
    }

    private func finish(_ ticket: UInt64, succeeded: Bool) {
        decide { state, now in
            state.perform(state.controller.finish(ticket, succeeded: succeeded, at: now))
        }
    }

    /// Changes the state under the lock, then resumes continuations outside it.
    private func decide<Value: Sendable>(_ change: (inout SchedulerState, ContinuousClock.Instant) -> Value) -> Value {
        let (value, resumptions, activity) = state.withLock { state in
            let value = change(&state, clock.now())
            if state.controller.isIdle { state.resumeDrainWaiters() }
            setTimer(in: &state)
            return (value, state.takeResumptions(), observe == nil ? nil : state.activity)
        }
        resumptions.perform()
        if let activity { observe?(activity) }
        return value
    }

    /// Reads from a controller that has been advanced to the present.
    private func read<Value: Sendable>(_ body: (AdmissionController) -> Value) -> Value {
        decide { state, now in
            state.perform(state.controller.advance(to: now))
            return body(state.controller)
        }
    }

    /// One timer at a time, for the next job that expires.
    private func setTimer(in state: inout SchedulerState) {
        let next = state.controller.nextTimer
        guard next != state.timer?.time else { return }
        state.timer?.task.cancel()
        state.timer = next.map { time in
            let task = Task { [weak self, clock] in
                await clock.sleep(time)
                if !Task.isCancelled { self?.timerFired() }
            }
            return (time, task)
        }
    }

    private func timerFired() {
        decide { state, now in
            state.timer?.task.cancel()
            state.timer = nil  // set anew after this, even for the same time, in case it fired early
            state.perform(state.controller.advance(to: now))
        }
    }
}

/// How a job that was offered to the scheduler ended.
package enum SchedulerOutcome: Sendable {
    /// It has run.
    case finished(JobResult)
    /// It did not run, because it would take longer than its options allow.
    case maximumWaitExceeded(predictedSeconds: Double)
}

/// What runs and waits in a scheduler at one moment.
package struct SchedulerLoad: Sendable, Equatable {
    /// Running jobs; one more than there are slots while a job preempts the others.
    package var running: Int
    /// Waiting jobs of both classes.
    package var waiting: Int
    /// Jobs that can run at once.
    package var slots: Int
    /// Seconds after which a job of 512×512 pixels that arrives now would be done.
    package var predictedWait: Double
    /// Core-seconds that a megapixel takes, as measured lately; nil before the first job.
    package var coreSecondsPerMegapixel: Double?
    /// Bytes that the running jobs may allocate.
    package var memoryInUse: Int
    /// Bytes that all running jobs together may allocate.
    package var memoryLimit: Int

    /// Creates a load.
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

extension JobCost {
    /// The cost to ask with how long the wait for a slot is.
    static let smallest = JobCost(pixels: 1, memoryBytes: 0)
}

extension AdmissionRequest {
    /// A hypothetical job, to predict when it would be done.
    fileprivate static func probe(_ cost: JobCost, client: String = "") -> AdmissionRequest {
        AdmissionRequest(cost: cost, encodedBytes: 0, options: SchedulingOptions(client: client))
    }
}
