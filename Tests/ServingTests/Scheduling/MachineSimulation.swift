import Serving

/// A machine in virtual time under an admission controller: jobs share its cores, or a preempting job has them all. Every invariant is
/// checked after each event.
struct MachineSimulation {
    struct Job {
        var request: AdmissionRequest
        /// What it actually takes.
        var coreSeconds: Double
        var arrived: Double
        var started: Double?
        var hasPreempted = false
        var done: Double?
        var rejected: (time: Double, reason: AdmissionRejection)?
        var wasCancelled = false

        /// Whether it has ended in any way.
        var isSettled: Bool { done != nil || rejected != nil || wasCancelled }
    }

    private(set) var controller: AdmissionController
    private(set) var jobs: [UInt64: Job] = [:]
    /// Violated invariants; always empty in a correct implementation.
    private(set) var faults: [String] = []
    /// Core-seconds that running jobs have received.
    private(set) var work = 0.0
    private(set) var seconds = 0.0
    private let start = ContinuousClock.now
    private var left: [UInt64: Double] = [:]
    private var preemptingTicket: UInt64?
    private var nextTicket: UInt64 = 0
    /// Jobs that have ended since the list was last emptied.
    var ended: [UInt64] = []

    init(limits: SchedulerLimits) {
        controller = AdmissionController(limits: limits)
    }

    private var now: ContinuousClock.Instant { time(in: 0) }
    private var slots: Int { controller.limits.slots }
    /// Running jobs.
    var running: [UInt64] { left.keys.sorted() }
    /// Waiting jobs in order of arrival.
    private(set) var waiting: [UInt64] = []

    /// The time `more` seconds from now.
    func time(in more: Double) -> ContinuousClock.Instant { start + .seconds(seconds + more) }

    /// The prediction for a job that arrives now.
    func predictedSeconds(for request: AdmissionRequest) -> Double {
        var controller = controller
        _ = controller.advance(to: now)
        return controller.predictedSeconds(for: request)
    }

    /// A job arrives now.
    @discardableResult
    mutating func arrive(_ request: AdmissionRequest, coreSeconds: Double) -> UInt64 {
        nextTicket += 1
        waiting.append(nextTicket)
        jobs[nextTicket] = Job(request: request, coreSeconds: coreSeconds, arrived: seconds)
        perform(controller.arrive(nextTicket, request, at: now))
        return nextTicket
    }

    mutating func cancel(_ ticket: UInt64) {
        guard let actions = controller.cancel(ticket, at: now) else {
            faults.append("\(ticket) was not waiting")
            return
        }
        jobs[ticket]?.wasCancelled = true
        waiting.removeAll { $0 == ticket }
        perform(actions)
    }

    /// A running job fails.
    mutating func fail(_ ticket: UInt64) {
        end(ticket)
        jobs[ticket]?.wasCancelled = true
        perform(controller.finish(ticket, succeeded: false, at: now))
    }

    /// Lets time pass: jobs end and timers fire.
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
        // Slightly later, so that rounding never makes it fire early.
        let timer = controller.nextTimer.map { max(seconds, ($0 - start) / .seconds(1)) + 1e-9 }
        return [end, timer].compactMap(\.self).min()
    }

    private mutating func pass(to time: Double) {
        for ticket in left.keys {
            let part = (time - seconds) * speed(of: ticket)
            left[ticket, default: 0] -= part
            work += part
        }
        seconds = time
    }

    /// The number of cores that a running job has.
    private func speed(of ticket: UInt64) -> Double {
        guard let preemptingTicket else { return Double(slots) / Double(left.count) }
        return ticket == preemptingTicket ? Double(slots) : 0
    }

    private mutating func end(_ ticket: UInt64) {
        left[ticket] = nil
        if preemptingTicket == ticket { preemptingTicket = nil }
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
                if preemptingTicket != nil { faults.append("\(ticket) started while a job had all the cores") }
                waiting.removeAll { $0 == ticket }
                begin(ticket)
            case .preempt(let ticket):
                preempt(ticket)
                waiting.removeAll { $0 == ticket }
                begin(ticket)
            case .reject(let ticket, let reason):
                waiting.removeAll { $0 == ticket }
                if jobs[ticket]?.started != nil || jobs[ticket]?.isSettled != false {
                    faults.append("\(ticket) was decided twice")
                }
                jobs[ticket]?.rejected = (seconds, reason)
                if jobs[ticket]?.arrived != seconds { ended.append(ticket) }
            }
        }
        check()
    }

    private mutating func preempt(_ ticket: UInt64) {
        let isAllowed = jobs[ticket]?.request.options.jobClass == .direct && left.count == slots
        let others = left.keys.allSatisfy { jobs[$0]?.request.options.jobClass == .queued }
        if !isAllowed || !others || preemptingTicket != nil { faults.append("\(ticket) preempted jobs that it may not preempt") }
        preemptingTicket = ticket
        jobs[ticket]?.hasPreempted = true
    }

    private mutating func begin(_ ticket: UInt64) {
        guard let job = jobs[ticket], job.started == nil, !job.isSettled else {
            faults.append("\(ticket) started twice or after its end")
            return
        }
        jobs[ticket]?.started = seconds
        left[ticket] = job.coreSeconds
        if let deadline = job.request.options.deadline, deadline <= now { faults.append("\(ticket) started after its deadline") }
    }

    private mutating func check() {
        let memory = left.keys.reduce(0) { $0 + (jobs[$1]?.request.cost.memoryBytes ?? 0) }
        let limits = controller.limits, counts = controller.waitingCount
        if left.count > limits.slots + (preemptingTicket == nil ? 0 : 1) { faults.append("too many jobs run") }
        if memory > limits.memoryBytes { faults.append("too much memory is in use") }
        if left.count != controller.runningCount || memory != controller.memoryInUse {
            faults.append("jobs or memory were miscounted")
        }
        if waiting.count != counts.direct + counts.queued { faults.append("a job was lost") }
        if counts.direct > limits.waitingJobs || counts.queued > limits.waitingQueuedJobs { faults.append("a queue is too long") }
        if limits.memoryBytes == .max, preemptingTicket == nil, left.count < limits.slots, counts.direct + counts.queued > 0 {
            faults.append("a job waits although a slot is free")
        }
    }
}

extension MachineSimulation {
    /// A simulation in which jobs of all sizes have run, so that their costs are known.
    static func trained(_ limits: SchedulerLimits) -> MachineSimulation {
        var simulation = MachineSimulation(limits: limits)
        for pixels in pictureSizes + pictureSizes {
            simulation.arrive(request(pixels: pixels), coreSeconds: trueCost(pixels))
            simulation.run(until: simulation.seconds + 10)
        }
        return simulation
    }

    /// Lets time pass while the workers keep the queued class busy.
    mutating func runWithFullQueue(until end: Double, pixels: Int) {
        while seconds < end {
            while controller.waitingCount.queued <= controller.limits.slots {
                arrive(request("store", pixels: pixels, jobClass: .queued), coreSeconds: trueCost(pixels))
            }
            run(until: min(end, seconds + 0.01))
        }
    }
}
