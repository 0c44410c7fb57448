import LatencyHistograms
import LoadTesting

extension StepSummary {
    /// One step as several generators saw it; at least one part. `lightest`: the lightest of the joined steps before.
    static func joined(_ parts: [StepSummary], objectives: [Objective], lightest: StepSummary?) -> StepSummary {
        var step = parts[0]
        step.users = sum(parts.map(\.users))
        step.rate = sum(parts.map(\.rate))
        if let users = step.users { step.label = LoadStage(.users(users), seconds: nil).label }
        if let rate = step.rate { step.label = LoadStage(.rate(rate), seconds: nil).label }
        step.started = parts.map(\.started).min() ?? step.started
        step.seconds = parts.map(\.seconds).max() ?? 0
        step.droppedSeconds = parts.map(\.droppedSeconds).max() ?? 0
        step.counts = parts.reduce(OutcomeCounts()) { $0.adding($1.counts) }
        // Each generator's own window: they need not be of quite the same length.
        step.throughput = parts.reduce(0) { $0 + $1.throughput }
        step.throughputInterval = nil
        for part in parts.dropFirst() {
            step.histogram.merge(part.histogram)
            step.correctedHistogram.merge(part.correctedHistogram)
            step.bytesSent += part.bytesSent
            step.bytesReceived += part.bytesReceived
        }
        step.service = LatencySummary(step.histogram)
        step.corrected = LatencySummary(step.correctedHistogram)
        step.resources = parts.lazy.compactMap(\.resources).first
        step.generator = GeneratorHealth.joined(parts.compactMap(\.generator))
        step.requests = RequestSummary.joined(parts.map(\.requests), steps: [step])
        step.failures = FailureSummary.joined(parts.map(\.failures))
        let isHeavier = lightest.map { $0.load < step.load && $0.service.count > 0 } ?? false
        step.little = LittleCheck(
            step, meanLatency: meanLatency(parts), unloadedLatency: isHeavier ? lightest?.service.mean : nil)
        step.judge(objectives)
        return step
    }

    /// Over all that ended, of all requests.
    private static func meanLatency(_ parts: [StepSummary]) -> Double {
        let all = parts.flatMap(\.requests).map(\.all), count = all.reduce(0) { $0 + $1.count }
        return count > 0 ? all.reduce(0) { $0 + $1.mean * Double($1.count) } / Double(count) : 0
    }

    private static func sum<Number: AdditiveArithmetic>(_ values: [Number?]) -> Number? {
        values.contains { $0 == nil } ? nil : values.compactMap(\.self).reduce(.zero, +)
    }
}

extension OutcomeCounts {
    /// Both together.
    func adding(_ other: OutcomeCounts) -> OutcomeCounts {
        OutcomeCounts(
            started: started + other.started, succeeded: succeeded + other.succeeded, queued: queued + other.queued,
            failed: failed + other.failed, dropped: dropped + other.dropped)
    }
}

extension GeneratorHealth {
    /// The worst of each; all complaints.
    static func joined(_ parts: [GeneratorHealth]) -> GeneratorHealth {
        var health = GeneratorHealth()
        health.cpuPercent = worst(parts.compactMap(\.cpuPercent))
        health.lag = worst(parts.compactMap(\.lag))
        health.lagP99 = parts.compactMap(\.lagP99).max()
        health.droppedStarts = parts.reduce(0) { $0 + $1.droppedStarts }
        health.complaints = parts.flatMap(\.complaints)
        return health
    }

    private static func worst(_ levels: [ResourceUse.Level]) -> ResourceUse.Level? {
        guard let mean = levels.map(\.mean).max(), let maximum = levels.map(\.maximum).max() else { return nil }
        return ResourceUse.Level(mean: mean, maximum: maximum)
    }
}
