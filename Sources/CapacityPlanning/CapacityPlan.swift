package import LoadTesting

/// A size of the fleet that was simulated.
package struct PlanPoint: Codable, Sendable {
    /// Instances, those that fail included.
    package var instances: Int
    /// The busy share of the living instances' cores, 0…1.
    package var utilization: Double
    /// Successful responses a second.
    package var throughput: Double
    /// The share of rejected requests, 0…1.
    package var errorRate: Double
    /// Mean response time of successful requests, in seconds.
    package var mean: Double
    /// Median response time of successful requests, in seconds.
    package var p50: Double
    /// See `p50`.
    package var p95: Double
    /// See `p50`.
    package var p99: Double
    /// Requests that were lost with the instances that failed.
    package var lost: Int
    /// The verdict on all objectives.
    package var verdict: Verdict
    /// One for each objective.
    package var objectives: [ObjectiveVerdict]
}

/// The result: how many instances, cores and bytes.
package struct CapacityPlan: Codable, Sendable {
    /// Requests a second of the whole fleet.
    package var targetRate: Double
    /// The objectives.
    package var objectives: [Objective]
    /// Instances that may fail.
    package var failures: Int
    /// The fewest instances that meet the objectives; nil if even the most do not.
    package var instances: Int?
    /// Cores of an instance.
    package var coresEach: Int
    /// Cores of all; nil without a result.
    package var cores: Int?
    /// Bytes of an instance; nil if unknown.
    package var memoryEach: Double?
    /// Bytes of all; nil if unknown.
    package var memory: Double?
    /// The fewest instances whose cores can do the work: below this the queue grows without end.
    package var fewestConceivable: Int
    /// Mean core-seconds of a request.
    package var coreSeconds: Double
    /// How `coreSeconds` was found.
    package var coreSecondsFrom: ServiceDemand.Origin
    /// Seconds of a request besides its work.
    package var overhead: Double
    /// Sizes that were simulated, smallest first.
    package var points: [PlanPoint]
    /// Remarks, a sentence each.
    package var remarks: [String]

    /// The point of the result.
    package var answer: PlanPoint? { points.first { $0.instances == instances } }
}

/// The input of a plan.
package struct CapacityQuestion: Sendable {
    /// Requests a second of the whole fleet.
    package var targetRate: Double
    /// The objectives. `qps` is ignored in favour of `targetRate`; `rss` and `cpu` are of each instance.
    package var objectives: [Objective]
    /// Instances that may fail without an objective being missed.
    package var failures = 0
    /// Cores of an instance.
    package var coresEach: Int
    /// Bytes of an instance; nil: as the summary measured.
    package var memoryEach: Double?
    /// The service's `--max-wait` in seconds: requests that would wait longer are rejected.
    package var maximumWait: Double
    /// The service's `--max-queued`.
    package var waitingJobs = 512
    /// The largest fleet to try.
    package var maximumInstances = 10_000
    /// Random seed; the same seed gives the same plan.
    package var seed: UInt64 = 1
    /// The least number of requests simulated for each fleet size.
    package var leastRequests = 20_000
    /// The least number of requests simulated for each instance.
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

/// Why a plan cannot be made, as a sentence.
package struct PlanError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do.
    package var description: String

    init(_ description: String) {
        self.description = description
    }
}
