import LatencyHistograms
package import LoadGeneration

extension LoadRun {
    /// How it looks now. `phase` is the run's own unless it is being started or stopped.
    package func snapshot(_ phase: LiveSnapshot.Phase? = nil, now: Moment) -> LiveSnapshot {
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

    private func show(_ step: StepWindow, in snapshot: inout LiveSnapshot, now: Moment) {
        let elapsed = now.seconds(since: step.began)
        snapshot.stage = LiveSnapshot.Stage(
            index: step.index, count: course.remaining.map { $0 + step.index + 1 }, label: step.stage.label, elapsed: elapsed,
            seconds: step.stage.seconds,
            dropped: step.isMeasuring ? step.collector.conditions.droppedSeconds : elapsed)
        if let rest = course.seconds, let own = step.stage.seconds { snapshot.remaining = max(0, own - elapsed) + rest }
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

    /// The most frequent hundred.
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
    /// What was counted in so many seconds.
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
