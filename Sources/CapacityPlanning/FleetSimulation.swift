package import LoadGeneration


/// Requests that arrive by chance at a fleet, in virtual time.
///
/// Instances die together halfway through the measurement; the balancer notices at once, as one does that passes a refused connection on
/// to the next. What they had under way is lost and counted apart: no plan can prevent that.
package struct FleetSimulation {
    /// What came of it.
    package struct Result: Sendable {
        /// The requests that arrived while measuring: answered, turned away (as failures), bytes 0.
        package var window: WindowCounts
        /// How long was measured, in seconds.
        package var seconds: Double
        /// The part of the living instances' cores that was busy, 0…1.
        package var utilization: Double
        /// Requests that died with their instance.
        package var lost: Int
        /// Mean number of requests in the fleet while measuring.
        package var meanPresent: Double
    }

    private struct Request {
        var arrived: Double
        var instance: Int
        var isMeasured: Bool
    }

    static let turnedAway = FailureCause("turned away")
    static let nobodyLeft = FailureCause("no instance left")
    static let label = RequestLabel(method: "POST", name: "picture")

    private let design: FleetDesign
    private var random: SeededRandom
    private var instances: [InstanceSimulation]
    private var balancer: LeastConnections
    private var alarms: AlarmClock
    private var requests: [UInt64: Request] = [:]
    private var result = Result(window: WindowCounts(labels: [label]), seconds: 0, utilization: 0, lost: 0, meanPresent: 0)
    private var isMeasuring = false
    private var usedBefore = 0.0
    private var presence = 0.0
    private var lastChange = 0.0
    private var time = 0.0

    /// Makes a fleet at rest.
    package init(_ design: FleetDesign, seed: UInt64) {
        self.design = design
        random = SeededRandom(seed: seed)
        let start = ContinuousClock.now
        instances = (0..<design.instances).map { _ in InstanceSimulation(design: design, start: start) }
        balancer = LeastConnections(instances: design.instances)
        alarms = AlarmClock(instances: design.instances)
    }

    /// Runs until so many requests have been measured and have ended.
    ///
    /// - Parameters:
    ///   - warmUp: Requests that come before, while the fleet fills and the scheduler learns what they cost.
    ///   - measured: Requests that are measured; with failures, half of them before and half after.
    package static func run(_ design: FleetDesign, warmUp: Int, measured: Int, seed: UInt64) -> Result {
        var simulation = FleetSimulation(design, seed: seed)
        simulation.receive(warmUp)
        if design.failures > 0 {
            // The time with all instances is the easier one: measured is what is left.
            simulation.receive(measured / 4)
            simulation.fail()
        }
        simulation.beginMeasuring()
        simulation.receive(measured)
        simulation.endMeasuring()
        simulation.finish()
        return simulation.result
    }

    /// So many requests arrive.
    private mutating func receive(_ count: Int) {
        for _ in 0..<count {
            let next = time + random.exponential() / design.rate
            let work = design.work.sample(&random)
            runInstances(until: next)
            pass(to: next)
            arrive(coreSeconds: work)
        }
    }

    private mutating func arrive(coreSeconds: Double) {
        guard let instance = balancer.choose(&random) else {
            record(Request(arrived: time, instance: -1, isMeasured: isMeasuring), .failed(Self.nobodyLeft))
            return
        }
        nextTicket += 1
        requests[nextTicket] = Request(arrived: time, instance: instance, isMeasured: isMeasuring)
        instances[instance].arrive(
            nextTicket, coreSeconds: coreSeconds, client: "\(nextTicket)",
            maximumWait: design.maximumWait.map { max(0, $0 - design.overhead) }, at: time)
        settle(instance)
    }

    private var nextTicket: UInt64 = 0

    private mutating func runInstances(until end: Double) {
        while let next = alarms.earliest, next.time <= end {
            pass(to: next.time)
            instances[next.instance].advance(to: next.time)
            settle(next.instance)
        }
    }

    /// Counts what has ended at an instance, and asks when it wants to go on.
    private mutating func settle(_ instance: Int) {
        let endings = instances[instance].endings
        if !endings.isEmpty { instances[instance].endings.removeAll(keepingCapacity: true) }
        for (ticket, ending) in endings {
            guard let request = requests.removeValue(forKey: ticket) else { continue }
            balancer.end(instance)
            record(request, ending == .done ? .succeeded : .failed(Self.turnedAway))
        }
        alarms.set(instance, to: instances[instance].nextEvent)
    }

    private mutating func record(_ request: Request, _ outcome: RequestOutcome) {
        guard request.isMeasured else { return }
        let seconds = time - request.arrived + design.overhead
        result.window.record(
            RequestRecord(start: 0, end: UInt64(max(0, seconds) * 1e9), outcome: outcome))
    }

    private mutating func fail() {
        for instance in 0..<design.failures {
            balancer.remove(instance)
            alarms.set(instance, to: nil)
            for ticket in instances[instance].present where requests.removeValue(forKey: ticket) != nil { result.lost += 1 }
        }
    }

    private var living: ArraySlice<InstanceSimulation> { instances[design.failures...] }

    private mutating func beginMeasuring() {
        isMeasuring = true
        measuredFrom = time
        presence = 0
        usedBefore = living.reduce(0) { $0 + $1.used }
    }

    private var measuredFrom = 0.0

    private mutating func endMeasuring() {
        isMeasuring = false
        result.seconds = time - measuredFrom
        let used = living.reduce(0) { $0 + $1.used } - usedBefore
        let cores = Double(max(1, living.count) * design.coresEach)
        result.utilization = result.seconds > 0 ? min(1, used / (result.seconds * cores)) : 0
        result.meanPresent = result.seconds > 0 ? presence / result.seconds : 0
    }

    /// Nobody comes any more; those who are here get their end. Bounded: every job that is here ends.
    private mutating func finish() {
        while let next = alarms.earliest {
            pass(to: next.time)
            instances[next.instance].advance(to: next.time)
            settle(next.instance)
        }
    }

    private mutating func pass(to next: Double) {
        presence += Double(requests.count) * (next - lastChange)
        lastChange = next
        time = max(time, next)
    }
}
