/// What becomes of a job that has come to a scheduler's door.
enum SchedulerEntry: Sendable {
    /// It runs now, before all others if it is urgent.
    case started(isUrgent: Bool)
    case turnedAway(TurnedAway)
    /// Its task was cancelled before it started.
    case cancelled
}

/// What a scheduler's lock guards: the decisions, and the continuations of those who wait for them.
struct SchedulerState {
    typealias Gate = CheckedContinuation<SchedulerEntry, Never>

    /// Continuations to be resumed once the lock is open again.
    struct Releases {
        var gates: [(gate: Gate, entry: SchedulerEntry)] = []
        var idleWatchers: [CheckedContinuation<Void, Never>] = []

        func resume() {
            for (gate, entry) in gates { gate.resume(returning: entry) }
            for watcher in idleWatchers { watcher.resume() }
        }
    }

    var controller: AdmissionController
    /// One for each job that has arrived and neither started nor left.
    var gates: [UInt64: Gate] = [:]
    /// Those who wait in `drain`.
    var idleWatchers: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var alarm: (time: ContinuousClock.Instant, task: Task<Void, Never>)?
    private var latestTicket: UInt64 = 0
    private var releases = Releases()

    init(limits: SchedulerLimits) {
        controller = AdmissionController(limits: limits)
    }

    mutating func makeTicket() -> UInt64 {
        latestTicket += 1
        return latestTicket
    }

    mutating func perform(_ actions: [AdmissionController.Action]) {
        for action in actions {
            switch action {
            case .start(let ticket): release(ticket, .started(isUrgent: false))
            case .overtake(let ticket): release(ticket, .started(isUrgent: true))
            case .turnAway(let ticket, let reason): release(ticket, .turnedAway(reason))
            }
        }
    }

    mutating func release(_ ticket: UInt64, _ entry: SchedulerEntry) {
        guard let gate = gates.removeValue(forKey: ticket) else { return }
        releases.gates.append((gate, entry))
    }

    mutating func releaseIdleWatchers() {
        releases.idleWatchers += idleWatchers.values
        idleWatchers = [:]
    }

    mutating func takeReleases() -> Releases {
        defer { releases = Releases() }
        return releases
    }
}

/// How much may run and wait in a scheduler.
package struct SchedulerLimits: Sendable, Equatable {
    /// Jobs running at once, at least 1: the cores of the compute pool, which running jobs share out among themselves. One more
    /// may overtake them (`AdmissionController`).
    package var slots: Int
    /// Jobs waiting in the direct line.
    package var waitingJobs: Int
    /// Sum of the encoded pictures of the jobs in the direct line, in bytes.
    package var waitingBytes: Int
    /// Sum of `JobCost.memoryBytes` of the running jobs, in bytes.
    package var memoryBytes: Int

    /// Makes limits; a slot count below 1 is taken as 1.
    package init(slots: Int, waitingJobs: Int = 512, waitingBytes: Int = 512 << 20, memoryBytes: Int = .max) {
        self.slots = max(1, slots)
        self.waitingJobs = waitingJobs
        self.waitingBytes = waitingBytes
        self.memoryBytes = memoryBytes
    }

    /// Jobs waiting in the queued line: those that the workers have claimed from the store, so only a few.
    package var waitingQueuedJobs: Int { 2 * slots + 2 }

    /// How often smaller jobs may start before one that had its turn and did not fit into the memory left.
    /// After that the slots drain until it does.
    package var passesBeforeDraining: Int { 2 * slots }
}

/// Time that never jumps, as the scheduler needs it; a test hands in one that it moves by hand.
package struct MonotonicTime: Sendable {
    /// The time now.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Returns at that time, or when the task is cancelled.
    package var sleep: @Sendable (_ until: ContinuousClock.Instant) async -> Void

    /// Makes a time.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (_ until: ContinuousClock.Instant) async -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's.
    package static let system = MonotonicTime(
        now: { .now }, sleep: { try? await Task.sleep(until: $0, clock: .continuous) })
}
