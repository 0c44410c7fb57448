/// A fleet of like instances behind one balancer, and what comes to it.
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
    /// Seconds that a request takes beside its work (network, reading, writing).
    package var overhead = 0.0
    /// The scheduler's promise: who would wait longer is turned away; nil: everybody waits.
    package var maximumWait: Double?
    /// The longest line of each instance.
    package var waitingJobs = 512
    /// So many instances die in the middle of the measurement and do not come back.
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

    /// The part of all cores that the work takes, 1 being full.
    package var utilization: Double { rate * work.mean / Double(instances * coresEach) }
}
