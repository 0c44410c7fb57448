package import LoadTesting

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
