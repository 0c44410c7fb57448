package import LoadTesting

/// What a plan is asked for.
package struct CapacityQuestion: Sendable {
    /// Requests a second that come to the whole fleet.
    package var targetRate: Double
    /// What has to hold. `qps` is what `targetRate` is and is left out; `rss` and `cpu` are of each instance.
    package var objectives: [Objective]
    /// Instances that may fail without the objectives being missed.
    package var failures = 0
    /// Cores of an instance.
    package var coresEach: Int
    /// Bytes of an instance; nil: as the summary measured.
    package var memoryEach: Double?
    /// The service's `--max-wait` in seconds: who would wait longer is turned away.
    package var maximumWait: Double
    /// The service's `--max-queued`.
    package var waitingJobs = 512
    /// No larger fleet is tried.
    package var mostInstances = 10_000
    /// Chooses the chance; the same seed gives the same plan.
    package var seed: UInt64 = 1
    /// At least so many requests are simulated for each size of the fleet.
    package var leastRequests = 20_000
    /// At least so many requests are simulated for each instance.
    package var requestsPerInstance = 40

    /// Makes a question.
    package init(
        targetRate: Double, objectives: [Objective], failures: Int = 0, coresEach: Int, memoryEach: Double? = nil,
        maximumWait: Double = 3
    ) {
        self.targetRate = targetRate
        self.objectives = objectives
        self.failures = failures
        self.coresEach = coresEach
        self.memoryEach = memoryEach
        self.maximumWait = maximumWait
    }
}
