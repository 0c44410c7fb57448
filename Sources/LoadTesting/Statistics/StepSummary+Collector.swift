package import Foundation
package import LatencyHistograms
package import LoadGeneration

extension StepCollector {
    /// What the step comes to.
    ///
    /// - Parameters:
    ///   - objectives: What the target must keep to.
    ///   - resources: What the target took; nil if not measured.
    ///   - generator: Whether the generator kept up; nil if not known.
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

    /// Of all that ended: a user waits for a refusal as for an answer.
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

extension RequestSummary {
    /// One for each label of a window of `seconds`.
    package static func of(_ window: WindowCounts, seconds: Double) -> [RequestSummary] {
        zip(window.labels, window.requests).map { RequestSummary(label: $0, counts: $1, seconds: seconds) }
    }

    /// All requests of a window of `seconds` together, under the name that Locust gives them.
    package static func total(of window: WindowCounts, seconds: Double) -> RequestSummary {
        RequestSummary(label: aggregated, counts: window.sum, seconds: seconds)
    }

    /// What a run without requests comes to.
    static var nothing: RequestSummary { RequestSummary(label: aggregated, counts: RequestCounts(), seconds: 0) }

    private static let aggregated = RequestLabel(method: "", name: "Aggregated")

    private init(label: RequestLabel, counts: RequestCounts, seconds: Double) {
        var all = counts.service
        all.merge(counts.otherService)
        self.init(
            label: label,
            counts: OutcomeCounts(
                started: counts.ended, succeeded: counts.succeeded, queued: counts.queued, failed: counts.failed),
            perSecond: seconds > 0 ? Double(counts.ended) / seconds : 0,
            failuresPerSecond: seconds > 0 ? Double(counts.failed) / seconds : 0,
            service: LatencySummary(counts.service), all: LatencySummary(all), bytesReceived: counts.bytesReceived,
            bytesSent: counts.bytesSent)
    }
}

extension FailureSummary {
    /// A window's failures, most frequent first. `started` is the time of day when the monotonic clock read `startedUptime` nanoseconds.
    package static func of(_ window: WindowCounts, started: Date, startedUptime: UInt64) -> [FailureSummary] {
        func date(_ uptime: UInt64) -> Date {
            started + (Double(uptime) - Double(startedUptime)) / 1e9
        }
        let all = zip(window.labels, window.requests).flatMap { label, counts in
            counts.failures.groups.map { cause, group in
                FailureSummary(
                    label: label, cause: cause, count: group.count, sample: group.sample, firstSeen: date(group.firstSeen),
                    lastSeen: date(group.lastSeen))
            }
        }
        return all.sorted { ($1.count, $0.label.name, $0.cause.name) < ($0.count, $1.label.name, $1.cause.name) }
    }
}
