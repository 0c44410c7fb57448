package import Foundation
import LatencyHistograms
package import LoadGeneration

/// Under what conditions a step was measured.
package struct StepConditions: Sendable {
    /// As the table shows it.
    package var label: String
    /// Virtual users (closed model).
    package var users: Int?
    /// Arrivals a second (open model).
    package var rate: Double?
    /// When measuring began.
    package var started: Date
    /// How long before that was left out.
    package var droppedSeconds: Double
    /// Mean wait of a user between requests, in seconds (closed model).
    package var meanWait: Double?
    /// The monotonic clock in nanoseconds at `started`, so that failures get their time of day.
    package var startedUptime: UInt64

    /// Makes conditions.
    package init(
        label: String, users: Int? = nil, rate: Double? = nil, started: Date, startedUptime: UInt64 = 0,
        droppedSeconds: Double = 0, meanWait: Double? = nil
    ) {
        self.label = label
        self.users = users
        self.rate = rate
        self.started = started
        self.startedUptime = startedUptime
        self.droppedSeconds = droppedSeconds
        self.meanWait = meanWait
    }
}

/// Gathers a step's windows, second by second, in memory that does not grow with the step's length.
package struct StepCollector: Sendable {
    /// A stretch of the step.
    private struct Batch: Sendable {
        var ticks = 0
        var seconds = 0.0
        var succeeded = 0
        var service = LatencyHistogram()

        mutating func merge(_ other: Batch) {
            ticks += other.ticks
            seconds += other.seconds
            succeeded += other.succeeded
            service.merge(other.service)
        }
    }

    /// The most batches; beyond that neighbours are merged, and batches become twice as long.
    private static let maximumBatches = 20

    /// Under what conditions it is measured.
    package var conditions: StepConditions
    /// All windows together.
    package private(set) var window: WindowCounts
    /// How long was measured.
    package private(set) var seconds = 0.0
    private var batches: [Batch] = []
    private var ticksPerBatch = 1

    /// Makes a collector of nothing.
    package init(labels: [RequestLabel], conditions: StepConditions) {
        window = WindowCounts(labels: labels)
        self.conditions = conditions
    }

    /// Adds what all event loops counted in the next `seconds`. Ticks should be of equal length.
    package mutating func add(_ tick: WindowCounts, seconds: Double) {
        window.merge(tick)
        self.seconds += seconds
        let sum = tick.sum
        let batch = Batch(ticks: 1, seconds: seconds, succeeded: sum.succeeded, service: sum.service)
        if let last = batches.indices.last, batches[last].ticks < ticksPerBatch {
            batches[last].merge(batch)
        } else {
            batches.append(batch)
            if batches.count > Self.maximumBatches { joinNeighbours() }
        }
    }

    private mutating func joinNeighbours() {
        ticksPerBatch *= 2
        batches = stride(from: 0, to: batches.count, by: 2).map { index in
            var joined = batches[index]
            if index + 1 < batches.count { joined.merge(batches[index + 1]) }
            return joined
        }
    }

    /// Batches of full length.
    private var fullBatches: [Batch] { batches.filter { $0.ticks == ticksPerBatch && $0.seconds > 0 } }

    /// The confidence interval of the throughput.
    var throughputInterval: ConfidenceInterval? {
        BatchMeans.interval(fullBatches.map { Double($0.succeeded) / $0.seconds })
    }

    /// How much more than independent requests these vary, for a percentile whose value is `microseconds`.
    func inflation(percent: Double, microseconds: UInt64) -> Double {
        BatchMeans.inflation(
            quantile: percent / 100,
            batches: fullBatches.map { ($0.service.count, $0.service.count(above: microseconds)) })
    }
}

extension StepCollector {
    /// The summary of the step.
    ///
    /// - Parameters:
    ///   - objectives: The objectives of the target.
    ///   - resources: The target's resource use; nil if not measured.
    ///   - generator: The generator's health; nil if unknown.
    ///   - unloadedLatency: Mean response time of the lightest step in seconds; nil for that step itself.
    package func summary(
        objectives: [Objective] = [], resources: ResourceUse? = nil, generator: GeneratorHealth? = nil,
        unloadedLatency: Double? = nil
    ) -> StepSummary {
        let sum = window.sum
        let interval = sum.response.isEmpty ? expectedInterval(sum) : nil
        let corrected = interval.map { sum.service.corrected(expectedInterval: UInt64(max(1, $0 * 1e6))) } ?? sum.response
        let counts = outcomes(sum, started: window.started, dropped: window.droppedStarts)
        var step = StepSummary(
            label: conditions.label, users: conditions.users, rate: conditions.rate, started: conditions.started,
            seconds: seconds, droppedSeconds: conditions.droppedSeconds, counts: counts,
            throughput: perSecond(sum.succeeded), throughputInterval: throughputInterval, service: latencies(sum.service),
            corrected: LatencySummary(corrected), expectedInterval: interval, meanWait: conditions.meanWait, little: nil,
            resources: resources, generator: generator, objectives: [], verdict: nil, requests: requestSummaries(),
            failures: failureSummaries(), bytesSent: sum.bytesSent, bytesReceived: sum.bytesReceived, histogram: sum.service,
            correctedHistogram: corrected)
        step.little = LittleCheck(step, meanLatency: meanLatency(sum), unloadedLatency: unloadedLatency)
        step.judge(objectives)
        return step
    }

    /// A user who is not kept waiting sends a request every typical service time and wait.
    private func expectedInterval(_ sum: RequestCounts) -> Double? {
        guard let median = sum.service.value(atPercentile: 50) else { return nil }
        return Double(median) / 1e6 + (conditions.meanWait ?? 0)
    }

    /// Of all that ended: a user waits for failures, too.
    private func meanLatency(_ sum: RequestCounts) -> Double {
        guard sum.ended > 0 else { return 0 }
        return Double(sum.service.total + sum.otherService.total) / 1e6 / Double(sum.ended)
    }

    private func latencies(_ histogram: LatencyHistogram) -> LatencySummary {
        LatencySummary(histogram) { percent in
            histogram.value(atPercentile: percent).map { inflation(percent: percent, microseconds: $0) } ?? 1
        }
    }

    private func perSecond(_ count: Int) -> Double { seconds > 0 ? Double(count) / seconds : 0 }

    private func outcomes(_ counts: RequestCounts, started: Int, dropped: Int = 0) -> OutcomeCounts {
        OutcomeCounts(
            started: started, succeeded: counts.succeeded, queued: counts.queued, failed: counts.failed, dropped: dropped)
    }

    private func requestSummaries() -> [RequestSummary] {
        RequestSummary.of(window, seconds: seconds)
    }

    private func failureSummaries() -> [FailureSummary] {
        FailureSummary.of(window, started: conditions.started, startedUptime: conditions.startedUptime)
    }
}
