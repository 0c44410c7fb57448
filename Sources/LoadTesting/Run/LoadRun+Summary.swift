import Foundation
package import LatencyHistograms
import LoadGeneration

extension LoadRun {
    /// What it comes to if it ends now; a stage under way counts as far as it went.
    package func summary(now: Moment, notes more: [String] = []) -> LoadTestSummary {
        var steps = steps
        if let step, let summary = summary(of: step) { steps.append(summary) }
        steps = steps.explained
        var health = generator.health(threads: plan.threads, service: LatencyHistogram())
        health.complaints = steps.flatMap { step in
            (step.generator?.complaints ?? []).map { "step '\(step.label)': \($0)" }
        }
        return LoadTestSummary(
            id: id, started: started.date, ended: now.date, command: plan.command, target: target(),
            environment: .current(version: plan.version), load: load(), payload: plan.payload, steps: steps,
            requests: RequestSummary.of(measured, seconds: measuredSeconds),
            total: RequestSummary.total(of: measured, seconds: measuredSeconds),
            failures: FailureSummary.of(total, started: started.date, startedUptime: started.uptime),
            timeline: timeline.points, objectives: plan.objectives, verdict: verdict(steps, health),
            capacity: steps.isEmpty ? nil : CapacitySummary(steps: steps), search: searchSummary, generator: health,
            notes: notes + more)
    }

    private var searchSummary: SearchSummary? {
        if case .search(let search, _) = course { search.summary } else { nil }
    }

    /// A search is meant to try what does not hold; it has passed when it found a load that does.
    private func verdict(_ steps: [StepSummary], _ health: GeneratorHealth) -> RunVerdict {
        guard let search = searchSummary, health.isValid else {
            return RunVerdict(steps: steps, objectives: plan.objectives, generator: health)
        }
        return RunVerdict(outcome: search.highestPassing == nil ? .failed : .passed, reasons: [search.conclusion])
    }

    private func target() -> TargetSummary {
        TargetSummary(
            url: plan.target.address, httpVersion: "HTTP/\(plan.connection.version.rawValue)",
            processes: plan.monitor.pid.map { [$0] } ?? [], metrics: plan.monitor.metrics?.address)
    }

    private func load() -> LoadSummary {
        let isOpen = shape.stages.first?.from.isOpen ?? false
        return LoadSummary(
            model: isOpen ? "open" : "closed", shape: shape.text, wait: isOpen ? nil : plan.wait.text,
            spawnRate: isOpen ? nil : plan.spawnRate, keepAlive: plan.connection.keepAlive)
    }
}

extension LoadShape {
    /// In words: `steps 5, 10, 20 users, 60 s each`.
    package var text: String {
        let unit = if let first = stages.first, first.from.isOpen { "a second" } else { "users" }
        let length = stages.first?.seconds.map { "\(ShortNumber.text($0)) s" } ?? "until stopped"
        switch kind {
        case .steady: return "\(stages.first?.from.text ?? "nothing"), \(length)"
        case .steps:
            return "steps \(stages.map { ShortNumber.text($0.to.number) }.joined(separator: ", ")) \(unit), \(length) each"
        case .findMaximum: return "search for the highest load from \(stages.first?.from.text ?? ""), \(length) a trial"
        case .ramp, .spike, .soak, .stages:
            let parts = stages.map { stage in
                let level = stage.isSteady ? "" : "\(ShortNumber.text(stage.from.number))→"
                return level + ShortNumber.text(stage.to.number) + (stage.seconds.map { " for \(ShortNumber.text($0)) s" } ?? "")
            }
            return "\(kind.rawValue): \(parts.prefix(20).joined(separator: ", "))\(parts.count > 20 ? ", …" : "") \(unit)"
        }
    }
}
