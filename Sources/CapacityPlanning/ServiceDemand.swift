package import LatencyHistograms
import LoadGeneration
package import LoadTesting

/// What a request takes of an instance, as a load test found it.
package struct ServiceDemand: Sendable {
    /// How the figures were come by.
    package enum Origin: String, Sendable, Codable {
        /// Busy cores ÷ throughput, from the target's measured CPU.
        case processorTime = "processor time ÷ throughput"
        /// Cores ÷ the throughput that a full target did not exceed.
        case saturation = "cores ÷ highest throughput"
        /// The lightest step's response time × cores.
        case lightestStep = "lightest step's service time × cores"
    }

    /// Mean core-seconds of a request.
    package var coreSeconds: Double
    /// How `coreSeconds` was found.
    package var origin: Origin
    /// How the work spreads around its mean.
    package var work: WorkDistribution
    /// Seconds of a request beside its work, alone on the instance.
    package var overhead: Double
    /// Cores of the instance that was measured.
    package var cores: Int
    /// Largest resident memory seen, in bytes; nil if it was not measured.
    package var residentBytes: Double?
    /// What should be known about these figures, a sentence each.
    package var remarks: [String]

    /// Reads it from a summary. Errors: there is no step with answers, or the run was invalid.
    ///
    /// `cores` are the measured instance's; nil: as the summary says.
    package init(of summary: LoadTestSummary, cores: Int? = nil) throws(PlanError) {
        guard summary.generator.isValid else {
            throw PlanError(
                "the run is invalid (the load generator did not keep up), so it says nothing about the service; repeat it with less load"
            )
        }
        let steps = summary.steps.filter { $0.service.count > 0 && $0.generator?.isValid != false }
        guard let lightest = steps.min(by: { $0.load < $1.load }) else {
            throw PlanError("the summary has no step with answers; run a load test against a working service first")
        }
        let known = steps.compactMap { $0.resources?.cores }.first
        let measuredCores = max(1, cores ?? known ?? 1)
        var remarks: [String] = []
        if cores == nil, known == nil {
            remarks.append("The summary does not say how many cores the instance had; 1 is assumed (--instance-cores).")
        }
        let alone = lightest.service.mean
        let (demand, origin) = Self.coreSeconds(steps, cores: measuredCores, lightest: lightest)
        coreSeconds = demand
        self.origin = origin
        overhead = origin == .lightestStep ? 0 : max(0, alone - demand / Double(measuredCores))
        guard let shape = MeasuredWork(shape: lightest.histogram, mean: demand) else {
            throw PlanError("the lightest step has no service times")
        }
        work = .measured(shape)
        self.cores = measuredCores
        residentBytes = steps.compactMap { $0.resources?.residentBytes?.maximum }.max()
        if origin == .lightestStep {
            remarks.append(
                "The target's CPU was not measured and no step filled it, so its work is taken from the lightest step (\(lightest.label)); "
                    + "run the load test with --pid or --metrics for a better plan.")
        }
        if lightest.service.count < 100 {
            remarks.append("The spread of the work comes from only \(lightest.service.count) answers.")
        }
        self.remarks = remarks
    }

    /// The law of utilisation: a request's work is what is busy ÷ throughput.
    private static func coreSeconds(
        _ steps: [StepSummary], cores: Int, lightest: StepSummary
    ) -> (Double, Origin) {
        // An idle process's housekeeping would be attributed to the few requests; busier steps are more accurate.
        let measured = steps.filter { ($0.resources?.cpuPercent?.mean ?? 0) >= 10 && $0.requestsPerSecond > 0 }
        if !measured.isEmpty {
            let busy = measured.reduce(0) { $0 + ($1.resources?.cpuPercent?.mean ?? 0) / 100 * $1.seconds }
            let requests = measured.reduce(0) { $0 + $1.counts.succeeded + $1.counts.queued }
            if requests > 0 { return (busy / Double(requests), .processorTime) }
        }
        let isFull = CapacitySummary(steps: steps).limit
        let highest = steps.map(\.throughput).max() ?? 0
        let fromStep = lightest.service.mean * Double(cores)
        if steps.count >= 3, isFull == .queue || isFull == .errors || isFull == .unknown, highest > 0 {
            return (min(fromStep, Double(cores) / highest), .saturation)
        }
        return (fromStep, .lightestStep)
    }
}

/// How much work requests are, in core-seconds.
package enum WorkDistribution: Sendable {
    /// All alike.
    case constant(Double)
    /// Exponential, with this mean.
    case exponential(mean: Double)
    /// As measured.
    case measured(MeasuredWork)

    /// The mean in core-seconds.
    package var mean: Double {
        switch self {
        case .constant(let seconds): seconds
        case .exponential(let mean): mean
        case .measured(let work): work.mean
        }
    }

    /// One request's core-seconds.
    func sample(_ random: inout SeededRandom) -> Double {
        switch self {
        case .constant(let seconds): seconds
        case .exponential(let mean): mean * random.exponential()
        case .measured(let work): work.sample(&random)
        }
    }
}

/// Work with the spread of measured service times.
package struct MeasuredWork: Sendable {
    /// The mean in core-seconds.
    package let mean: Double
    private let seconds: [Double]
    /// How many requests lie in the buckets up to each.
    private let upTo: [UInt64]

    /// Scales a histogram of service times to a mean in core-seconds; nil if it is empty.
    package init?(shape: LatencyHistogram, mean: Double) {
        guard shape.mean > 0, mean > 0 else { return nil }
        self.mean = mean
        let scale = mean / shape.mean
        var sum: UInt64 = 0
        let buckets = shape.buckets
        seconds = buckets.map { Double($0.lowest + $0.highest) / 2 * scale }
        upTo = buckets.map { bucket in
            sum += bucket.count
            return sum
        }
    }

    func sample(_ random: inout SeededRandom) -> Double {
        let rank = UInt64(random.unit() * Double(upTo[upTo.count - 1]))
        var low = 0, high = upTo.count - 1
        while low < high {
            let middle = (low + high) / 2
            if upTo[middle] > rank { high = middle } else { low = middle + 1 }
        }
        return seconds[low]
    }
}
