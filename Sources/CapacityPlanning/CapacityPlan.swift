package import LoadTesting

/// A size of the fleet that was simulated.
package struct PlanPoint: Codable, Sendable {
    /// Instances, those that fail included.
    package var instances: Int
    /// The part of the living instances' cores that was busy, 0…1.
    package var utilization: Double
    /// Answers a second.
    package var throughput: Double
    /// The part of the requests that was turned away, 0…1.
    package var errorRate: Double
    /// Mean response time of the answers in seconds.
    package var mean: Double
    /// Percentiles of the response time of the answers, in seconds.
    package var p50: Double
    /// See `p50`.
    package var p95: Double
    /// See `p50`.
    package var p99: Double
    /// Requests that were lost with the instances that failed.
    package var lost: Int
    /// Whether the objectives hold.
    package var verdict: Verdict
    /// One for each objective.
    package var objectives: [ObjectiveVerdict]
}

/// The answer: how many instances, cores and bytes.
package struct CapacityPlan: Codable, Sendable {
    /// Requests a second that come to the whole fleet.
    package var targetRate: Double
    /// What has to hold.
    package var objectives: [Objective]
    /// Instances that may fail.
    package var failures: Int
    /// The fewest instances with which the objectives hold; nil if even the most do not.
    package var instances: Int?
    /// Cores of an instance.
    package var coresEach: Int
    /// Cores of all; nil without an answer.
    package var cores: Int?
    /// Bytes of an instance; nil if unknown.
    package var memoryEach: Double?
    /// Bytes of all; nil if unknown.
    package var memory: Double?
    /// Instances whose cores the work alone would fill: below this the queue grows without end.
    package var fewestConceivable: Int
    /// Mean core-seconds of a request.
    package var coreSeconds: Double
    /// How `coreSeconds` was found.
    package var coreSecondsFrom: ServiceDemand.Origin
    /// Seconds of a request beside its work.
    package var overhead: Double
    /// Sizes that were simulated, smallest first.
    package var points: [PlanPoint]
    /// What should be known, a sentence each.
    package var remarks: [String]

    /// The point of the answer.
    package var answer: PlanPoint? { points.first { $0.instances == instances } }
}

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
    package var maximumInstances = 10_000
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

/// Why no plan can be made, as a sentence that says what to do.
package struct PlanError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do.
    package var description: String

    init(_ description: String) {
        self.description = description
    }
}
