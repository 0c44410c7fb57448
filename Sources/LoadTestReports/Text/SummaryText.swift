import Foundation
import LoadGeneration
package import LoadTesting

/// A whole run as text, for the end of a terminal's output and for browsers without JavaScript.
package struct SummaryText: Sendable {
    private let summary: LoadTestSummary
    /// So many causes of failures are told.
    private static let mostFailures = 10

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
            "NOT REACHED: too few users, which says nothing against the target"
        case .failed: "NOT MET"
        case .unproven: "NOT PROVEN"
        case .invalid: "INVALID"
        }
    }

    private var invalidity: [String] {
        summary.generator.complaints.filter { !summary.verdict.reasons.contains($0) }.map { "  \($0)" }
    }

    private var failures: [String] {
        guard !summary.failures.isEmpty else { return [] }
        let told = summary.failures.prefix(Self.mostFailures).map { failure in
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
