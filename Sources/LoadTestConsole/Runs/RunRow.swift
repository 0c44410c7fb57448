import Foundation
import LoadTesting

/// A step as the page's table shows it. Times in seconds.
struct StepRow: Sendable, Encodable {
    var label: String
    var users: Int?
    var rate: Double?
    var seconds: Double
    var requests: Int
    var throughput: Double
    var errorShare: Double
    var mean: Double?
    var p50: Double?
    var p95: Double?
    var p99: Double?
    /// Whether there were enough requests to claim the percentile.
    var isP95Claimable: Bool
    /// Percent of all the target's cores where their number is known, else of one.
    var cpu: Double?
    var rss: Double?
    var verdict: Verdict?
    var reasons: [String]

    init(_ step: StepSummary) {
        label = step.label
        users = step.users
        rate = step.rate
        seconds = step.seconds
        requests = step.counts.ended
        throughput = step.throughput
        errorShare = step.counts.errorRate
        mean = step.service.count > 0 ? step.service.mean : nil
        p50 = step.service.seconds(50)
        p95 = step.service.seconds(95)
        p99 = step.service.seconds(99)
        isP95Claimable = step.service.percentile(95)?.claimable ?? false
        cpu = step.resources?.cpuPercentOfAll ?? step.resources?.cpuPercent?.mean
        rss = step.resources?.residentBytes?.maximum
        verdict = step.verdict
        reasons = step.objectives.filter { $0.verdict == .failed }.map(\.reason)
    }
}

/// A run as the list of runs shows it.
struct RunRow: Sendable, Encodable {
    var id: String
    var started: Date
    var seconds: Double
    var load: String
    var outcome: RunVerdict.Outcome
    var steps: [StepRow]

    init(_ summary: LoadTestSummary) {
        id = summary.id
        started = summary.started
        seconds = summary.ended.timeIntervalSince(summary.started)
        load = summary.load.shape
        outcome = summary.verdict.outcome
        steps = summary.steps.map(StepRow.init)
    }
}
