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
