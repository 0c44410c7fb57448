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

extension RequestSummary {
    /// Tables of several generators as one. Percentiles cannot be merged without histograms: they are given where all requests
    /// of the steps are of one name, and left out otherwise.
    static func joined(_ tables: [[RequestSummary]], steps: [StepSummary]) -> [RequestSummary] {
        var rows: [RequestSummary] = []
        for row in tables.joined() {
            if let index = rows.firstIndex(where: { $0.label == row.label }) {
                rows[index] = rows[index].adding(row)
            } else {
                rows.append(row)
            }
        }
        guard rows.count == 1, let first = steps.first else { return rows }
        var histogram = first.histogram
        for step in steps.dropFirst() { histogram.merge(step.histogram) }
        rows[0].service = LatencySummary(histogram)
        return rows
    }

    private func adding(_ other: RequestSummary) -> RequestSummary {
        var row = self
        row.counts = counts.adding(other.counts)
        row.perSecond += other.perSecond
        row.failuresPerSecond += other.failuresPerSecond
        row.service = service.adding(other.service)
        row.all = all.adding(other.all)
        row.bytesReceived += other.bytesReceived
        row.bytesSent += other.bytesSent
        return row
    }
}

extension LatencySummary {
    /// Both together, without percentiles.
    fileprivate func adding(_ other: LatencySummary) -> LatencySummary {
        guard count > 0, other.count > 0 else { return count > 0 ? self : other }
        var sum = self
        sum.count += other.count
        sum.mean = (mean * Double(count) + other.mean * Double(other.count)) / Double(sum.count)
        sum.minimum = min(minimum, other.minimum)
        sum.maximum = max(maximum, other.maximum)
        sum.percentiles = []
        return sum
    }
}

extension FailureSummary {
    /// Failures of several generators, most frequent first.
    static func joined(_ tables: [[FailureSummary]]) -> [FailureSummary] {
        var rows: [FailureSummary] = []
        for row in tables.joined() {
            guard let index = rows.firstIndex(where: { $0.label == row.label && $0.cause == row.cause }) else {
                rows.append(row)
                continue
            }
            rows[index].count += row.count
            rows[index].sample = rows[index].sample ?? row.sample
            rows[index].firstSeen = min(rows[index].firstSeen, row.firstSeen)
            rows[index].lastSeen = max(rows[index].lastSeen, row.lastSeen)
        }
        return rows.sorted { $0.count > $1.count }
    }
}

extension TimelinePoint {
    /// Seconds of several generators by the calendar's second. Percentiles are left out where several of them answered in it.
    static func joined(_ timelines: [[TimelinePoint]]) -> [TimelinePoint] {
        var points: [Int: TimelinePoint] = [:]
        for point in timelines.joined() {
            let second = Int(point.time.rounded())
            points[second] = points[second].map { $0.adding(point) } ?? point
        }
        return points.sorted { $0.key < $1.key }.map(\.value)
    }

    private func adding(_ other: TimelinePoint) -> TimelinePoint {
        var point = self
        let (own, others) = (Double(counts.succeeded), Double(other.counts.succeeded))
        point.users += other.users
        point.inFlight += other.inFlight
        point.counts = counts.adding(other.counts)
        if let rate, let more = other.rate { point.rate = rate + more }
        if let mean, let more = other.mean {
            point.mean = (mean * own + more * others) / (own + others)
            (point.p50, point.p95, point.p99) = (nil, nil, nil)
            point.percentiles = nil
        } else if mean == nil {
            (point.mean, point.p50, point.p95, point.p99) = (other.mean, other.p50, other.p95, other.p99)
        }
        point.minimum = [minimum, other.minimum].compactMap(\.self).min()
        point.maximum = [maximum, other.maximum].compactMap(\.self).max()
        if let bytesReceived { point.bytesReceived = bytesReceived + (other.bytesReceived ?? 0) }
        point.totalMedian = nil
        point.cpuPercent = cpuPercent ?? other.cpuPercent
        point.residentBytes = residentBytes ?? other.residentBytes
        point.generatorCpuPercent = [generatorCpuPercent, other.generatorCpuPercent].compactMap(\.self).max()
        point.lag = [lag, other.lag].compactMap(\.self).max()
        return point
    }
}
