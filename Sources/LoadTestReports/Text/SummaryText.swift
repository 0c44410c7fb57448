import Foundation
import LoadGeneration
package import LoadTesting

/// A whole run as text, for the end of a terminal's output and for browsers without JavaScript.
package struct SummaryText: Sendable {
    private let summary: LoadTestSummary
    /// The most causes of failures that are listed.
    private static let maximumFailures = 10

    /// The text of a run.
    package init(_ summary: LoadTestSummary) { self.summary = summary }

    /// Its lines, at most `width` columns wide where that is given; nothing of what servers sent can steer a terminal.
    package func lines(width: Int? = nil) -> [String] {
        let blocks = [head, StepTable(summary.steps).lines(width: width), failures, capacity, notes].filter { !$0.isEmpty }
        let lines = blocks.joined(separator: [""]).map { DisplayWidth.plain($0) }
        return lines.flatMap { line in width.map { LineWrap.wrapped(line, to: $0) } ?? [line] }
    }

    private var head: [String] {
        let seconds = summary.ended.timeIntervalSince(summary.started)
        let title = "Load test of \(summary.target.url), \(Figure.clock(seconds)): \(verdict)"
        return [title] + summary.verdict.reasons.map { "  \($0)" } + invalidity
    }

    private var verdict: String {
        switch summary.verdict.outcome {
        case .none: "measured, no objectives set"
        case .passed: "PASSED"
        case .failed where summary.steps.allSatisfy({ $0.verdict != .failed || $0.isShortOfUsers }) && summary.search == nil:
            "NOT REACHED: too few users, not a limit of the target"
        case .failed: "FAILED"
        case .unproven: "UNPROVEN"
        case .invalid: "INVALID"
        }
    }

    private var invalidity: [String] {
        summary.generator.complaints.filter { !summary.verdict.reasons.contains($0) }.map { "  \($0)" }
    }

    private var failures: [String] {
        guard !summary.failures.isEmpty else { return [] }
        let told = summary.failures.prefix(Self.maximumFailures).map { failure in
            let sample = failure.sample.map { ": " + DisplayWidth.cut(DisplayWidth.plain($0), to: 100) } ?? ""
            return "  \(failure.count) × \(failure.cause.name), \(failure.label.method) \(failure.label.name)\(sample)"
        }
        let left = summary.failures.count - told.count
        return ["Failures"] + told + (left > 0 ? ["  and \(left) more causes"] : [])
    }

    private var capacity: [String] {
        guard let statements = summary.capacity?.statements, !statements.isEmpty else { return [] }
        return ["Capacity"] + statements.map { "  \($0)" }
    }

    private var notes: [String] { summary.notes + (summary.search.map { [$0.conclusion] } ?? []) }
}

/// The table that this is all about, as text: a line for each load.
///
///     users   QPS   mean    P95  errors  CPU     RSS  verdict
///         5  7.20  0.68s  0.85s    0.0%  65%  421 MB  pass
package struct StepTable: Sendable {
    private let steps: [StepSummary]

    /// A table of steps.
    package init(_ steps: [StepSummary]) { self.steps = steps }

    /// Its lines, head first, at most `width` columns wide where that is given; none without steps.
    package func lines(width: Int? = nil) -> [String] {
        guard !steps.isEmpty else { return [] }
        let hasVerdict = steps.contains { $0.verdict != nil }
        let isClosed = steps.allSatisfy { $0.users != nil }
        let names = ["QPS", "mean", "P95", "errors", "CPU", "RSS"]
        var table = TextTable(
            [isClosed ? .number("users") : .words("load")] + names.map { .number($0) } + (hasVerdict ? [.words("verdict")] : []))
        for step in steps {
            table.add([isClosed ? "\(step.users ?? 0)" : step.label] + cells(step) + (hasVerdict ? [verdict(step)] : []))
        }
        return table.lines(width: width) + notes
    }

    private func cells(_ step: StepSummary) -> [String] {
        let cpu = step.resources?.cpuPercentOfAll ?? step.resources?.cpuPercent?.mean
        let p95 = step.service.percentile(95)
        return [
            Figure.rate(step.throughput), Figure.time(step.service.count > 0 ? step.service.mean : nil),
            (p95?.claimable == false ? "~" : "") + Figure.time(p95?.seconds), Figure.share(step.counts.errorRate),
            Figure.percent(cpu), Figure.bytes(step.resources?.residentBytes?.maximum),
        ]
    }

    private func verdict(_ step: StepSummary) -> String {
        switch step.verdict {
        case .passed: "pass"
        case .unproven: "unproven"
        case .failed:
            "FAIL (" + step.objectives.filter { $0.verdict == .failed }.map(Self.missed).joined(separator: ", ") + ")"
        case nil: ""
        }
    }

    private static func missed(_ verdict: ObjectiveVerdict) -> String {
        verdict.objective.metric.name + (verdict.usersNeeded == nil ? "" : ": too few users")
    }

    private var notes: [String] {
        var notes: [String] = []
        if steps.contains(where: { $0.service.percentile(95)?.claimable == false }) {
            notes.append("~ too few requests to claim this percentile with 95% confidence")
        }
        for step in steps {
            if let little = step.little, !little.isConsistent, let remark = little.remark {
                notes.append("! \(step.label): \(remark)")
            }
        }
        return notes
    }
}
