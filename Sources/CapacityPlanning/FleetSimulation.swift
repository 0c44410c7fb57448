package import LoadGeneration

/// A discrete-event simulation of a fleet with Poisson arrivals.
///
/// Instances die together halfway through the measurement; the balancer notices at once, as one does that passes a refused connection on
/// to the next. Their active requests are lost and counted separately: no plan can prevent that.
package struct FleetSimulation {
    /// Its verdict.
    package struct Result: Sendable {
        /// The requests that arrived while measuring: succeeded or rejected (as failures), with 0 bytes.
        package var window: WindowCounts
        /// How long was measured, in seconds.
        package var seconds: Double
        /// The busy share of the living instances' cores, 0…1.
        package var utilization: Double
        /// Requests that were lost with their instance.
        package var lost: Int
        /// Mean number of requests in the fleet while measuring.
        package var meanPresent: Double
    }

    private struct Request {
        var arrived: Double
        var instance: Int
        var isMeasured: Bool
    }

    static let rejected = FailureCause("turned away")
    static let noInstance = FailureCause("no instance left")
    static let label = RequestLabel(method: "POST", name: "picture")

    private let design: FleetDesign
    private var random: SeededRandom
    private var instances: [InstanceSimulation]
    private var balancer: LeastConnections
    private var events: EventQueue
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
        events = EventQueue(instances: design.instances)
    }

    /// Runs until `measured` requests have ended.
    ///
    /// - Parameters:
    ///   - warmUp: Requests that come before, while the fleet fills and the scheduler learns what they cost.
    ///   - measured: Requests that are measured; with failures, half of them before and half after.
    package static func run(_ design: FleetDesign, warmUp: Int, measured: Int, seed: UInt64) -> Result {
        var simulation = FleetSimulation(design, seed: seed)
        simulation.receive(warmUp)
        if design.failures > 0 {
            // The time with all instances is the easier one, so only the rest is measured.
            simulation.receive(measured / 4)
            simulation.fail()
        }
        simulation.beginMeasuring()
        simulation.receive(measured)
        simulation.endMeasuring()
        simulation.finish()
        return simulation.result
    }

    /// Simulates `count` arrivals.
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
            record(Request(arrived: time, instance: -1, isMeasured: isMeasuring), .failed(Self.noInstance))
            return
        }
        lastRequestID += 1
        requests[lastRequestID] = Request(arrived: time, instance: instance, isMeasured: isMeasuring)
        instances[instance].arrive(
            lastRequestID, coreSeconds: coreSeconds, client: "\(lastRequestID)",
            maximumWait: design.maximumWait.map { max(0, $0 - design.overhead) }, at: time)
        settle(instance)
    }

    private var lastRequestID: UInt64 = 0

    private mutating func runInstances(until end: Double) {
        while let next = events.earliest, next.time <= end {
            pass(to: next.time)
            instances[next.instance].advance(to: next.time)
            settle(next.instance)
        }
    }

    /// Counts what has completed at an instance, and schedules its next event.
    private mutating func settle(_ instance: Int) {
        let completions = instances[instance].completions
        if !completions.isEmpty { instances[instance].completions.removeAll(keepingCapacity: true) }
        for (id, outcome) in completions {
            guard let request = requests.removeValue(forKey: id) else { continue }
            balancer.end(instance)
            record(request, outcome == .done ? .succeeded : .failed(Self.rejected))
        }
        events.set(instance, to: instances[instance].nextEvent)
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
            events.set(instance, to: nil)
            for id in instances[instance].present where requests.removeValue(forKey: id) != nil { result.lost += 1 }
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

    /// Completes the remaining requests without new arrivals. Bounded: every job ends.
    private mutating func finish() {
        while let next = events.earliest {
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

/// A fleet of identical instances behind one load balancer, and its load.
package struct FleetDesign: Sendable {
    /// How cores are given to jobs.
    package enum Sharing: Sendable {
        /// The running jobs have all cores, each the same part of them: the engine's own way, as the scheduler expects.
        case elastic
        /// A job has one core, and others stay idle: how a queue with several servers is taught.
        case oneCoreEach
    }

    /// Instances.
    package var instances: Int
    /// Cores of each, which is how many jobs it runs at once.
    package var coresEach: Int
    /// Arrivals a second at the balancer, a Poisson process.
    package var rate: Double
    /// How much work they are.
    package var work: WorkDistribution
    /// Seconds of a request besides its work (network, reading, writing).
    package var overhead = 0.0
    /// The scheduler's limit of the wait: requests that would wait longer are rejected; nil for none.
    package var maximumWait: Double?
    /// The queue limit of each instance.
    package var waitingJobs = 512
    /// The number of instances that fail during the measurement and do not return.
    package var failures = 0
    /// How cores are given to jobs.
    package var sharing = Sharing.elastic

    /// Makes a design.
    package init(
        instances: Int, coresEach: Int = 1, rate: Double, work: WorkDistribution, overhead: Double = 0,
        maximumWait: Double? = nil, waitingJobs: Int = 512, failures: Int = 0, sharing: Sharing = .elastic
    ) {
        self.instances = max(1, instances)
        self.coresEach = max(1, coresEach)
        self.rate = rate
        self.work = work
        self.overhead = overhead
        self.maximumWait = maximumWait
        self.waitingJobs = waitingJobs
        self.failures = min(max(0, failures), self.instances)
        self.sharing = sharing
    }

    /// The busy share of all cores, 1 at saturation.
    package var utilization: Double { rate * work.mean / Double(instances * coresEach) }
}
