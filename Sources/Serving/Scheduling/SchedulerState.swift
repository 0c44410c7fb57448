/// What a job that was offered to a scheduler is told.
enum AdmissionOutcome: Sendable {
    /// It runs now; if it is urgent, before all others.
    case started(isUrgent: Bool)
    case rejected(AdmissionRejection)
    /// Its task was cancelled before it started.
    case cancelled
}

/// What a scheduler's lock guards: the admission controller, and the continuations that wait for its decisions.
struct SchedulerState {
    typealias Waiter = CheckedContinuation<AdmissionOutcome, Never>

    /// Continuations to resume after the lock has been released.
    struct Resumptions {
        var waiters: [(waiter: Waiter, outcome: AdmissionOutcome)] = []
        var drainWaiters: [CheckedContinuation<Void, Never>] = []

        func perform() {
            for (waiter, outcome) in waiters { waiter.resume(returning: outcome) }
            for waiter in drainWaiters { waiter.resume() }
        }
    }

    var controller: AdmissionController
    /// One for each job that has arrived and has neither started nor ended.
    var waiters: [UInt64: Waiter] = [:]
    /// One for each task that waits in `drain`.
    var drainWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var timer: (time: ContinuousClock.Instant, task: Task<Void, Never>)?
    private var latestTicket: UInt64 = 0
    private var resumptions = Resumptions()

    init(limits: SchedulerLimits) {
        controller = AdmissionController(limits: limits)
    }

    var activity: Scheduler.Activity {
        let waiting = controller.waitingCount
        return Scheduler.Activity(
            running: controller.runningCount, waiting: waiting.direct + waiting.queued, isDraining: controller.isDraining)
    }

    mutating func makeTicket() -> UInt64 {
        latestTicket += 1
        return latestTicket
    }

    mutating func perform(_ actions: [AdmissionController.Action]) {
        for action in actions {
            switch action {
            case .start(let ticket): resume(ticket, with: .started(isUrgent: false))
            case .preempt(let ticket): resume(ticket, with: .started(isUrgent: true))
            case .reject(let ticket, let reason): resume(ticket, with: .rejected(reason))
            }
        }
    }

    mutating func resume(_ ticket: UInt64, with outcome: AdmissionOutcome) {
        guard let waiter = waiters.removeValue(forKey: ticket) else { return }
        resumptions.waiters.append((waiter, outcome))
    }

    mutating func resumeDrainWaiter(_ id: UInt64) {
        if let waiter = drainWaiters.removeValue(forKey: id) { resumptions.drainWaiters.append(waiter) }
    }

    mutating func resumeDrainWaiters() {
        resumptions.drainWaiters += drainWaiters.values
        drainWaiters = [:]
    }

    mutating func takeResumptions() -> Resumptions {
        defer { resumptions = Resumptions() }
        return resumptions
    }
}

/// How much may run and wait in a scheduler.
package struct SchedulerLimits: Sendable, Equatable {
    /// Jobs that run at once, at least 1: the cores of the compute pool, which running jobs share. One more job may preempt them
    /// (``AdmissionController``).
    package var slots: Int
    /// Waiting direct jobs.
    package var waitingJobs: Int
    /// Sum of the encoded pictures of the waiting direct jobs, in bytes.
    package var waitingBytes: Int
    /// Sum of `JobCost.memoryBytes` of the running jobs, in bytes.
    package var memoryBytes: Int

    /// Creates limits; a slot count below 1 counts as 1.
    package init(slots: Int, waitingJobs: Int = 512, waitingBytes: Int = 512 << 20, memoryBytes: Int = .max) {
        self.slots = max(1, slots)
        self.waitingJobs = waitingJobs
        self.waitingBytes = waitingBytes
        self.memoryBytes = memoryBytes
    }

    /// Waiting queued jobs: those that workers have claimed from the job store, so only a few.
    package var waitingQueuedJobs: Int { 2 * slots + 2 }

    /// How many jobs may pass one that is next and does not fit into the available memory. After that the slots drain until it fits.
    package var passesBeforeDraining: Int { 2 * slots }
}

/// The clock of a scheduler; tests use one that they advance by hand.
package struct SchedulerClock: Sendable {
    /// The current time.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Returns at that time, or when the task is cancelled.
    package var sleep: @Sendable (_ until: ContinuousClock.Instant) async -> Void

    /// Creates a clock.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (_ until: ContinuousClock.Instant) async -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's monotonic clock.
    package static let system = SchedulerClock(
        now: { .now }, sleep: { try? await Task.sleep(until: $0, clock: .continuous) })
}
