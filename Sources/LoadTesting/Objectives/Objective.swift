/// What the target must keep to: `p95=3s`, `errors=1%`, `qps=8`, `cpu=90%`, `rss=500MB`.
package struct Objective: Sendable, Equatable, Codable {
    /// What is measured.
    package enum Metric: Sendable, Hashable {
        /// A percentile (0…100) of the response time, in seconds; a request that failed counts as one that never answered.
        case percentile(Double)
        /// The mean response time of the answers, in seconds.
        case mean
        /// The longest response time of the answers, in seconds.
        case maximum
        /// The part of the requests that failed, 0…1.
        case errors
        /// Answers a second: at least so many.
        case throughput
        /// Percent of all the target's cores, 0…100, mean over the step.
        case cpu
        /// Largest resident memory of the target, in bytes.
        case residentBytes
    }

    /// What is measured.
    package var metric: Metric
    /// In the metric's unit. At most so much; of `throughput` at least.
    package var limit: Double
    /// Whether the run ends as soon as it is not met.
    package var abortsRun: Bool

    /// Makes an objective.
    package init(_ metric: Metric, _ limit: Double, abortsRun: Bool = false) {
        self.metric = metric
        self.limit = limit
        self.abortsRun = abortsRun
    }
}

/// Whether an objective was met.
package enum Verdict: String, Codable, Sendable {
    /// Yes; a percentile with 95 % confidence.
    case passed
    /// No.
    case failed
    /// It looks so, but there were too few requests to claim it, or it was not measured.
    case unproven
}

/// What became of an objective in a step.
package struct ObjectiveVerdict: Codable, Sendable {
    /// What was asked.
    package var objective: Objective
    /// In the metric's unit; nil if it was not measured, or if more requests failed than the percentile leaves out.
    package var measured: Double?
    /// Whether it was met.
    package var verdict: Verdict
    /// One sentence.
    package var reason: String
    /// Users that it would take at least; only where their waiting or their number, not the target, kept a throughput from being reached.
    package var usersNeeded: Int?
}
