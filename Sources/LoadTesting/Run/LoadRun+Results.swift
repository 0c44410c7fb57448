import Foundation
import LatencyHistograms
import LoadGeneration

extension LoadRun {
    /// A snapshot of the run. `phase` overrides the run's own while it is being started or stopped.
    package func snapshot(_ phase: LiveSnapshot.Phase? = nil, now: Timestamp) -> LiveSnapshot {
        var snapshot = LiveSnapshot(phase: phase ?? (step?.isMeasuring == true ? .measuring : .settling), time: now.date)
        snapshot.runID = id
        snapshot.elapsed = now.seconds(since: started)
        snapshot.level = currentLevel
        snapshot.users = last.window.users
        snapshot.inFlight = last.window.inFlight
        snapshot.droppedStarts = droppedStarts
        snapshot.second = second
        snapshot.total = .init(total.sum, seconds: snapshot.elapsed)
        snapshot.failures = Self.failures(total)
        snapshot.target = last.target
        snapshot.generator = last.own
        snapshot.generator.lagMilliseconds = Double(last.window.worstLateness) / 1e6
        snapshot.note = notes.last
        guard let step else { return snapshot }
        show(step, in: &snapshot, now: now)
        return snapshot
    }

    private func show(_ step: StepWindow, in snapshot: inout LiveSnapshot, now: Timestamp) {
        let elapsed = now.seconds(since: step.began)
        snapshot.stage = LiveSnapshot.Stage(
            index: step.index, count: stages.remaining.map { $0 + step.index + 1 }, label: step.stage.label, elapsed: elapsed,
            seconds: step.stage.seconds,
            dropped: step.isMeasuring ? step.collector.conditions.droppedSeconds : elapsed)
        if let rest = stages.seconds, let own = step.stage.seconds { snapshot.remaining = max(0, own - elapsed) + rest }
        let collector = step.collector
        snapshot.window = .init(collector.window.sum, seconds: collector.seconds)
        if let summary = summary(of: step) {
            snapshot.window.correctedP95 = summary.corrected.seconds(95).map { $0 * 1000 }
            snapshot.window.correctedP99 = summary.corrected.seconds(99).map { $0 * 1000 }
            snapshot.invalid = summary.generator?.complaints.first
        }
        let weights = plan.requests.reduce(0) { $0 + $1.weight }
        snapshot.requests = zip(collector.window.labels, collector.window.requests).map { label, counts in
            let own = plan.requests.filter { $0.name == label.name && $0.method == label.method }.reduce(0) { $0 + $1.weight }
            return LiveSnapshot.Request(
                name: label.name, method: label.method, share: weights > 0 ? own / weights : 0,
                figures: .init(counts, seconds: collector.seconds))
        }
    }

    /// The hundred most frequent failures.
    private static func failures(_ window: WindowCounts) -> [LiveSnapshot.Failure] {
        let all = zip(window.labels, window.requests).flatMap { label, counts in
            counts.failures.groups.map { cause, group in
                LiveSnapshot.Failure(
                    request: label.name, cause: cause.name, count: group.count, sample: group.sample)
            }
        }
        return Array(all.sorted { ($1.count, $0.cause) < ($0.count, $1.cause) }.prefix(100))
    }
}

extension LiveSnapshot.Figures {
    /// The figures of what was counted in `seconds`.
    init(_ counts: RequestCounts, seconds: Double) {
        self.init()
        self.seconds = seconds
        requests = counts.ended
        failures = counts.failed
        queued = counts.queued
        if seconds > 0 {
            throughput = Double(counts.ended) / seconds
            receivedRate = Double(counts.bytesReceived) / seconds
        }
        guard !counts.service.isEmpty else { return }
        let values = counts.service.values(atPercentiles: [50, 90, 95, 99]).map { Double($0) / 1000 }
        (p50, p90, p95, p99) = (values[0], values[1], values[2], values[3])
        mean = counts.service.mean / 1000
        maximum = Double(counts.service.maximum) / 1000
    }
}

extension LoadRun {
    /// The summary as if the run ended now, the current stage included.
    package func summary(now: Timestamp, notes more: [String] = []) -> LoadTestSummary {
        var steps = steps
        if let step, let summary = summary(of: step) { steps.append(summary) }
        steps = steps.withShortfallsExplained
        var health = generator.health(threads: plan.generator.threads, service: LatencyHistogram())
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
        if case .search(let search, _) = stages { search.summary } else { nil }
    }

    /// A search tries loads that fail; it has passed when it found one that passes.
    private func verdict(_ steps: [StepSummary], _ health: GeneratorHealth) -> RunVerdict {
        guard let search = searchSummary, health.isValid else {
            return RunVerdict(steps: steps, objectives: plan.objectives, generator: health)
        }
        return RunVerdict(outcome: search.highestPassing == nil ? .failed : .passed, reasons: [search.conclusion])
    }

    private func target() -> TargetSummary {
        TargetSummary(
            url: plan.target.address, httpVersion: "HTTP/\(plan.generator.connection.version.rawValue)",
            processes: plan.monitor.pid.map { [$0] } ?? [], metrics: plan.monitor.metrics?.address)
    }

    private func load() -> LoadSummary {
        let isOpen = shape.stages.first?.from.isOpen ?? false
        return LoadSummary(
            model: isOpen ? "open" : "closed", shape: shape.text, wait: isOpen ? nil : plan.wait.text,
            spawnRate: isOpen ? nil : plan.spawnRate, keepAlive: plan.generator.connection.keepAlive)
    }
}
