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
