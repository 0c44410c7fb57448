import Serving

/// A machine in virtual time, under an admission controller: jobs share its cores, or one that overtakes has them all, and every rule
/// that must never be broken is looked at after each event.
struct ShopSimulation {
    struct Job {
        var arrival: JobArrival
        /// What it really takes.
        var coreSeconds: Double
        var arrived: Double
        var started: Double?
        var hasOvertaken = false
        var done: Double?
        var turnedAway: (time: Double, reason: TurnedAway)?
        var hasLeft = false

        /// Whether it has had its end, whichever.
        var isSettled: Bool { done != nil || turnedAway != nil || hasLeft }
    }

    private(set) var controller: AdmissionController
    private(set) var jobs: [UInt64: Job] = [:]
    /// What went wrong; nothing ever should.
    private(set) var faults: [String] = []
    /// Core-seconds that running jobs have got.
    private(set) var work = 0.0
    private(set) var seconds = 0.0
    private let start = ContinuousClock.now
    private var left: [UInt64: Double] = [:]
    private var overtaker: UInt64?
    private var nextTicket: UInt64 = 0
    /// Jobs that have ended since it was last emptied.
    var ended: [UInt64] = []

    init(limits: SchedulerLimits) {
        controller = AdmissionController(limits: limits)
    }

    private var now: ContinuousClock.Instant { time(in: 0) }
    private var slots: Int { controller.limits.slots }
    /// Jobs that run.
    var running: [UInt64] { left.keys.sorted() }
    /// Jobs in line, in the order in which they came.
    private(set) var waiting: [UInt64] = []

    /// The time so many seconds from now.
    func time(in more: Double) -> ContinuousClock.Instant { start + .seconds(seconds + more) }

    /// What a job is told that comes now.
    func predictedSeconds(for arrival: JobArrival) -> Double {
        var controller = controller
        _ = controller.advance(to: now)
        return controller.predictedSeconds(for: arrival)
    }

    /// A job arrives now.
    @discardableResult
    mutating func arrive(_ arrival: JobArrival, coreSeconds: Double) -> UInt64 {
        nextTicket += 1
        waiting.append(nextTicket)
        jobs[nextTicket] = Job(arrival: arrival, coreSeconds: coreSeconds, arrived: seconds)
        perform(controller.arrive(nextTicket, arrival, at: now))
        return nextTicket
    }

    mutating func leave(_ ticket: UInt64) {
        guard let actions = controller.leave(ticket, at: now) else {
            faults.append("\(ticket) was not in line")
            return
        }
        jobs[ticket]?.hasLeft = true
        waiting.removeAll { $0 == ticket }
        perform(actions)
    }

    /// A running job ends before it is done.
    mutating func fail(_ ticket: UInt64) {
        end(ticket)
        jobs[ticket]?.hasLeft = true
        perform(controller.finish(ticket, succeeded: false, at: now))
    }

    /// Lets time pass: jobs end and alarms ring.
    mutating func run(until end: Double) {
        while let next = nextEvent, next <= end {
            pass(to: next)
            let finished = left.filter { $0.value <= 1e-9 }.map(\.key).sorted()
            for ticket in finished { finish(ticket) }
            if finished.isEmpty { perform(controller.advance(to: now)) }
        }
        pass(to: end)
    }

    private var nextEvent: Double? {
        let end = left.keys.compactMap { ticket in
            let speed = speed(of: ticket)
            return speed > 0 ? seconds + max(0, left[ticket] ?? 0) / speed : nil
        }.min()
        // A hair later, so that rounding never makes it ring in vain.
        let alarm = controller.nextAlarm.map { max(seconds, ($0 - start) / .seconds(1)) + 1e-9 }
        return [end, alarm].compactMap(\.self).min()
    }

    private mutating func pass(to time: Double) {
        for ticket in left.keys {
            let part = (time - seconds) * speed(of: ticket)
            left[ticket, default: 0] -= part
            work += part
        }
        seconds = time
    }

    /// The cores that a running job has.
    private func speed(of ticket: UInt64) -> Double {
        guard let overtaker else { return Double(slots) / Double(left.count) }
        return ticket == overtaker ? Double(slots) : 0
    }

    private mutating func end(_ ticket: UInt64) {
        left[ticket] = nil
        if overtaker == ticket { overtaker = nil }
    }

    private mutating func finish(_ ticket: UInt64) {
        end(ticket)
        jobs[ticket]?.done = seconds
        ended.append(ticket)
        perform(controller.finish(ticket, succeeded: true, at: now))
    }

    private mutating func perform(_ actions: [AdmissionController.Action]) {
        for action in actions {
            switch action {
            case .start(let ticket):
                if overtaker != nil { faults.append("\(ticket) started while a job had all the cores") }
                waiting.removeAll { $0 == ticket }
                begin(ticket)
            case .overtake(let ticket):
                overtake(ticket)
                waiting.removeAll { $0 == ticket }
                begin(ticket)
            case .turnAway(let ticket, let reason):
                waiting.removeAll { $0 == ticket }
                if jobs[ticket]?.started != nil || jobs[ticket]?.isSettled != false {
                    faults.append("\(ticket) decided on twice")
                }
                jobs[ticket]?.turnedAway = (seconds, reason)
                if jobs[ticket]?.arrived != seconds { ended.append(ticket) }
            }
        }
        check()
    }

    private mutating func overtake(_ ticket: UInt64) {
        let isFair = jobs[ticket]?.arrival.terms.line == .direct && left.count == slots
        let others = left.keys.allSatisfy { jobs[$0]?.arrival.terms.line == .queued }
        if !isFair || !others || overtaker != nil { faults.append("\(ticket) overtook whom it may not") }
        overtaker = ticket
        jobs[ticket]?.hasOvertaken = true
    }

    private mutating func begin(_ ticket: UInt64) {
        guard let job = jobs[ticket], job.started == nil, !job.isSettled else {
            faults.append("\(ticket) started twice or after its end")
            return
        }
        jobs[ticket]?.started = seconds
        left[ticket] = job.coreSeconds
        if let deadline = job.arrival.terms.deadline, deadline <= now { faults.append("\(ticket) started after its deadline") }
    }

    private mutating func check() {
        let memory = left.keys.reduce(0) { $0 + (jobs[$1]?.arrival.cost.memoryBytes ?? 0) }
        let limits = controller.limits, counts = controller.waitingCount
        if left.count > limits.slots + (overtaker == nil ? 0 : 1) { faults.append("too many run") }
        if memory > limits.memoryBytes { faults.append("too much memory") }
        if left.count != controller.runningCount || memory != controller.memoryInUse { faults.append("miscounted") }
        if waiting.count != counts.direct + counts.queued { faults.append("somebody was lost") }
        if counts.direct > limits.waitingJobs || counts.queued > limits.waitingQueuedJobs { faults.append("a line is too long") }
        if limits.memoryBytes == .max, overtaker == nil, left.count < limits.slots, counts.direct + counts.queued > 0 {
            faults.append("somebody waits beside a free slot")
        }
    }
}

extension ShopSimulation {
    /// One in which jobs of all sizes have run: from here on costs are known.
    static func taught(_ limits: SchedulerLimits) -> ShopSimulation {
        var simulation = ShopSimulation(limits: limits)
        for pixels in pictureSizes + pictureSizes {
            simulation.arrive(arrival(pixels: pixels), coreSeconds: trueCost(pixels))
            simulation.run(until: simulation.seconds + 10)
        }
        return simulation
    }

    /// Lets time pass while the workers keep the queued line full.
    mutating func runWithFullQueue(until end: Double, pixels: Int) {
        while seconds < end {
            while controller.waitingCount.queued <= controller.limits.slots {
                arrive(arrival("store", pixels: pixels, line: .queued), coreSeconds: trueCost(pixels))
            }
            run(until: min(end, seconds + 0.01))
        }
    }
}
