import LatencyHistograms
package import LoadGeneration

/// A second of the run, for charts. Seconds and counts are of that second alone; percentiles are read from its own histogram.
package struct TimelinePoint: Codable, Sendable {
    /// Unix seconds of the end of the second.
    package var time: Double
    /// Seconds that it covers.
    package var seconds: Double
    /// The step that it belongs to, from 0; nil in warm-up and transitions.
    package var step: Int?
    /// Virtual users.
    package var users: Int
    /// Arrivals a second asked for (open model).
    package var rate: Double?
    /// Requests in flight at the end.
    package var inFlight: Int
    /// How many ended in which way.
    package var counts: OutcomeCounts
    /// Mean service time of those that succeeded; nil without.
    package var mean: Double?
    /// Percentiles of the service time of those that succeeded; nil without.
    package var p50: Double?
    /// See `p50`.
    package var p95: Double?
    /// See `p50`.
    package var p99: Double?
    /// Mean service time of all that ended, however they did; nil without.
    package var meanOfAll: Double?
    /// Shortest service time of all that ended; nil without.
    package var minimum: Double?
    /// Longest service time of all that ended; nil without.
    package var maximum: Double?
    /// `LatencySummary.percents` of the service time of all that ended; nil without.
    package var percentiles: [Double]?
    /// Median of the service time of all that have ended since the run began; set by the caller.
    package var totalMedian: Double?
    /// Bytes of the answers.
    package var bytesReceived: Int?
    /// Percent of one core that the target used.
    package var cpuPercent: Double?
    /// Resident bytes of the target.
    package var residentBytes: Double?
    /// Threads of the target.
    package var threads: Double?
    /// Open descriptors of the target.
    package var descriptors: Double?
    /// Jobs in the target's queue.
    package var queueLength: Double?
    /// Percent of one core that the generator used.
    package var generatorCpuPercent: Double?
    /// The generator's largest lag in seconds.
    package var lag: Double?

    /// Makes a point of what was counted in `seconds` that end at `time`; figures of target and generator are set by the caller.
    package init(
        time: Double, seconds: Double, step: Int?, users: Int, rate: Double? = nil, inFlight: Int = 0, window: WindowCounts
    ) {
        let sum = window.sum
        self.time = time
        self.seconds = seconds
        self.step = step
        self.users = users
        self.rate = rate
        self.inFlight = inFlight
        counts = OutcomeCounts(
            started: window.started, succeeded: sum.succeeded, queued: sum.queued, failed: sum.failed,
            dropped: window.droppedStarts)
        bytesReceived = sum.bytesReceived
        describeAll(sum)
        guard sum.succeeded > 0 else { return }
        mean = sum.service.mean / 1e6
        let values = sum.service.values(atPercentiles: [50, 95, 99]).map { Double($0) / 1e6 }
        (p50, p95, p99) = (values[0], values[1], values[2])
    }

    private mutating func describeAll(_ sum: RequestCounts) {
        var all = sum.service
        all.merge(sum.otherService)
        guard !all.isEmpty else { return }
        meanOfAll = all.mean / 1e6
        minimum = Double(all.shortest) / 1e6
        maximum = Double(all.maximum) / 1e6
        percentiles = all.values(atPercentiles: LatencySummary.percents).map { Double($0) / 1e6 }
    }
}
