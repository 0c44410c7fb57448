/// Who may run now, who waits, who is sent away: the scheduler's decisions as a value, without tasks or timers.
///
/// Every event comes with its time and returns the actions that follow from it. Each job that arrives gets exactly one action,
/// now or later: it starts, or it is turned away (unless it leaves first). The rules:
///
/// 1. A job is taken if it is predicted to be done within `maximumWait` and before its deadline (`predictedSeconds`), and
///    the line has room. The decision and the place in line are one step, so that nobody can come between.
/// 2. At most `limits.slots` jobs run, and their `memoryBytes` stay within `limits.memoryBytes`.
/// 3. The direct and the queued line share the core-seconds evenly while both have jobs (`LineTurns`); in a line the clients
///    take turns (`WaitingLine`).
/// 4. A job whose turn it is and that does not fit into the memory left is passed by those after it that do,
///    `limits.passesBeforeDraining` times; then nobody starts before it.
/// 5. A job is not kept waiting in vain: it is turned away at its deadline, or when it can no longer be done within 1.1 times its
///    `maximumWait` (newcomers with a better claim to a turn, or runs slower than predicted, may have delayed it).
/// 6. A direct job that is the only one of its line overtakes when it is that line's turn and jobs of the queue have all the slots: it runs
///    beside them, one such job at a time, within the same memory. It has all the cores and those in slots none, so nobody starts
///    meanwhile.
package struct AdmissionController: Sendable {
    /// What follows from an event.
    package enum Action: Sendable, Equatable {
        /// The job holds a slot now, until `finish`.
        case start(UInt64)
        /// The job runs before all that hold a slot, until `finish`.
        case overtake(UInt64)
        /// The job is no longer here.
        case turnAway(UInt64, TurnedAway)
    }

    struct RunningJob: Sendable {
        var line: JobTerms.Line
        var cost: JobCost
        /// As reckoned when the job came.
        var coreSeconds: Double
        /// Beside the slots, with all the cores.
        var isOvertaking: Bool
        var startReading: CoreClock.Use
    }

    /// The limits that it keeps.
    package let limits: SchedulerLimits
    /// What jobs cost, as learnt from those that ended well.
    package private(set) var model = ServiceTimeModel()
    /// Bytes of the running jobs.
    package private(set) var memoryInUse = 0
    /// Bytes that others hold of `limits.memoryBytes`: photos that wait, pictures that are kept. A job that runs alone
    /// may have theirs too, lest it wait for what only it can free.
    package var memoryElsewhere = 0
    /// Whether only those that are here already will run.
    package private(set) var isDraining = false

    private(set) var lines = PerLine(direct: WaitingLine(), queued: WaitingLine())
    private(set) var running: [UInt64: RunningJob] = [:]
    private(set) var clock: CoreClock
    private(set) var turns = LineTurns()
    private(set) var queuedMean = RecentMean()

    /// How much longer than promised a job may be expected to take before it is turned away.
    private static let tolerance = 1.1

    /// Makes a controller without jobs.
    package init(limits: SchedulerLimits) {
        self.limits = limits
        clock = CoreClock(slots: limits.slots)
    }

    /// Jobs that run: those in slots, and one that overtakes them.
    package var runningCount: Int { running.count }
    /// Jobs in the lines.
    package var waitingCount: PerLine<Int> { PerLine(direct: lines.direct.count, queued: lines.queued.count) }
    /// Whether nothing runs and nobody waits.
    package var isIdle: Bool { running.isEmpty && lines.direct.isEmpty && lines.queued.isEmpty }

    /// When `advance` has to be called at the latest; nil while nobody's patience is limited.
    package var nextAlarm: ContinuousClock.Instant? {
        [lines.direct.nextImpatience, lines.queued.nextImpatience].compactMap(\.self).min()
    }

    /// A job arrives. Tickets must not repeat.
    package mutating func arrive(
        _ ticket: UInt64, _ arrival: JobArrival, at now: ContinuousClock.Instant
    ) -> [Action] {
        // First those whose time has passed, so that the newcomer is not measured against them.
        let actions = advance(to: now)
        if let reason = refusal(of: arrival, at: now) { return actions + [.turnAway(ticket, reason)] }
        join(ticket, arrival, at: now)
        return actions + startThoseWhoCan()
    }

    /// A running job has ended, and gives back its slot if it has one. What it took is learnt from it if it `succeeded`.
    package mutating func finish(_ ticket: UInt64, succeeded: Bool, at now: ContinuousClock.Instant) -> [Action] {
        clock.advance(to: now)
        guard let job = running.removeValue(forKey: ticket) else { return [] }
        setClock()
        memoryInUse -= job.cost.memoryBytes
        let used = use(of: job)
        turns.correct(job.line, by: used.coreSeconds - job.coreSeconds)
        if succeeded, used.coreSeconds > 0 {
            model.observe(
                pixels: job.cost.pixels, coreSeconds: used.coreSeconds, fullness: used.seconds / used.coreSeconds)
        }
        return advance(to: now)
    }

    /// A waiting job's client has gone. nil if the job is not in a line (it runs already, or never came).
    package mutating func leave(_ ticket: UInt64, at now: ContinuousClock.Instant) -> [Action]? {
        for line in JobTerms.Line.allCases {
            guard let index = lines[line].place(of: ticket) else { continue }
            _ = lines[line].leave(at: index)
            return advance(to: now)  // it may have been the one that the slots drained for
        }
        return nil
    }

    /// Time has come to `now`: turns away those who wait in vain, and starts who can.
    package mutating func advance(to now: ContinuousClock.Instant) -> [Action] {
        clock.advance(to: now)
        return turnAwayImpatient(at: now) + startThoseWhoCan()
    }

    /// From now on nobody new is taken; those who wait still run.
    package mutating func beginDraining() { isDraining = true }

    /// Takes jobs again.
    package mutating func resume() { isDraining = false }

    private func refusal(of arrival: JobArrival, at now: ContinuousClock.Instant) -> TurnedAway? {
        if isDraining { return .draining }
        let bytes = arrival.cost.memoryBytes
        if bytes > limits.memoryBytes { return .tooLarge(bytes: bytes, limit: limits.memoryBytes) }
        let seconds = predictedSeconds(for: arrival)
        if let deadline = arrival.terms.deadline, seconds > (deadline - now) / .seconds(1) {
            return .deadlineOutOfReach(predictedSeconds: seconds)
        }
        if let maximum = arrival.terms.maximumWait, seconds > maximum { return .notNow(predictedSeconds: seconds) }
        return hasRoom(for: arrival) ? nil : .lineFull(predictedSeconds: seconds)
    }

    private func hasRoom(for arrival: JobArrival) -> Bool {
        if startsAtOnce(arrival) || overtakesAtOnce(arrival) { return true }
        switch arrival.terms.line {
        case .direct:
            return lines.direct.count < limits.waitingJobs
                && arrival.encodedBytes <= limits.waitingBytes - lines.direct.encodedBytes
        case .queued: return lines.queued.count < limits.waitingQueuedJobs
        }
    }

    private mutating func join(_ ticket: UInt64, _ arrival: JobArrival, at now: ContinuousClock.Instant) {
        let line = arrival.terms.line
        let coreSeconds = model.coreSeconds(pixels: arrival.cost.pixels)
        if line == .queued { queuedMean.add(coreSeconds) }
        turns = turnsWithOneMore(in: line)
        let runSeconds = isToOvertake(arrival) ? coreSeconds / Double(limits.slots) : coreSeconds
        let latestStart = arrival.terms.maximumWait.map {
            now + .seconds(max(0, $0 * Self.tolerance - runSeconds))
        }
        lines[line].join(
            WaitingJob(
                ticket: ticket, client: arrival.terms.client, cost: arrival.cost, coreSeconds: coreSeconds,
                encodedBytes: arrival.encodedBytes, deadline: arrival.terms.deadline, latestStart: latestStart))
    }

    private mutating func turnAwayImpatient(at now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        for line in JobTerms.Line.allCases {
            while let index = lines[line].placeOfImpatient(at: now) {
                let job = lines[line].leave(at: index)
                let again = JobArrival(
                    cost: job.cost, encodedBytes: job.encodedBytes, terms: JobTerms(client: job.client, line: line))
                let seconds = predictedSeconds(for: again)
                let isExpired = job.deadline.map { $0 <= now } ?? false
                let reason: TurnedAway =
                    isExpired ? .deadlinePassed(predictedSeconds: seconds) : .notNow(predictedSeconds: seconds)
                actions.append(.turnAway(job.ticket, reason))
            }
        }
        return actions
    }

    private mutating func startThoseWhoCan() -> [Action] {
        var actions: [Action] = []
        while overtaker == nil {
            if running.count < limits.slots, let (line, index) = nextToStart() {
                actions.append(.start(start(line, at: index, isOvertaking: false)))
            } else if mayOvertake {
                actions.append(.overtake(start(.direct, at: 0, isOvertaking: true)))
            } else {
                break
            }
        }
        return actions
    }

    private mutating func start(_ line: JobTerms.Line, at index: Int, isOvertaking: Bool) -> UInt64 {
        let job = lines[line].start(at: index)
        turns.start(line, coreSeconds: job.coreSeconds)
        running[job.ticket] = RunningJob(
            line: line, cost: job.cost, coreSeconds: job.coreSeconds, isOvertaking: isOvertaking,
            startReading: clock.reading(overtaking: isOvertaking))
        setClock()
        memoryInUse += job.cost.memoryBytes
        return job.ticket
    }

    private mutating func setClock() {
        let isOvertaken = overtaker != nil
        clock.setRunning(isOvertaken ? running.count - 1 : running.count, isOvertaken: isOvertaken)
    }

    /// The first job in the order of turns that fits into the memory left; nil when there is none, or when one before it
    /// has been passed too often.
    private mutating func nextToStart() -> (line: JobTerms.Line, index: Int)? {
        let counts = waitingCount, free = memoryLeft
        var order = TurnOrder(turns: turns)
        var passed: [(line: JobTerms.Line, index: Int)] = []
        while let next = order.advance(counts: counts, coreSeconds: { [lines] in lines[$0][$1].coreSeconds }) {
            let job = lines[next.line][next.index]
            if job.cost.memoryBytes <= free {
                for other in passed { lines[other.line].pass(at: other.index) }
                return next
            }
            if job.passes >= limits.passesBeforeDraining { return nil }
            passed.append(next)
        }
        return nil
    }
}

/// A direct job that comes before the running jobs of the queue.
extension AdmissionController {
    /// The running job that overtakes those in slots.
    var overtaker: RunningJob? { running.values.first(where: \.isOvertaking) }

    /// Whether the first job of the direct line may overtake now.
    var mayOvertake: Bool {
        lines.direct.count == 1 && overtaker == nil && slotsAreOfTheQueue && isTurnOfDirect(turns)
            && lines.direct[0].cost.memoryBytes <= memoryLeft
    }

    /// Whether a job that comes now overtakes as soon as it is the direct line's turn.
    func isToOvertake(_ arrival: JobArrival) -> Bool {
        arrival.terms.line == .direct && lines.direct.isEmpty && slotsAreOfTheQueue
            && arrival.cost.memoryBytes <= memoryLeft + (overtaker?.cost.memoryBytes ?? 0)
    }

    /// Whether it does so at once.
    func overtakesAtOnce(_ arrival: JobArrival) -> Bool {
        overtaker == nil && isToOvertake(arrival) && isTurnOfDirect(turnsWithOneMore(in: .direct))
    }

    /// The turns after a job has come to `line`.
    func turnsWithOneMore(in line: JobTerms.Line) -> LineTurns {
        var turns = turns
        if lines[line].isEmpty { turns.becomeBusy(line, otherRunning: runningCoreSeconds(of: line.other)) }
        return turns
    }

    /// What a running job has got so far.
    func use(of job: RunningJob) -> CoreClock.Use {
        clock.reading(overtaking: job.isOvertaking) - job.startReading
    }

    /// The queue's claim counts even while none of its jobs waits: those that run would be kept from running.
    private func isTurnOfDirect(_ turns: LineTurns) -> Bool {
        turns.next(among: PerLine(direct: true, queued: true)) == .direct
    }

    private var slotsAreOfTheQueue: Bool {
        running.values.count { $0.line == .queued } == limits.slots
            && running.values.allSatisfy { $0.line == .queued || $0.isOvertaking }
    }
}
