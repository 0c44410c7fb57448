import LoadTesting

/// What a running test shows in a terminal or a log: a line for each stage, and one every few seconds.
actor LoadTestProgress {
    func show(_ snapshot: LiveSnapshot, steps: [StepSummary]) {
        // Placeholder until the live view is there.
        ProgressLine.print("\(snapshot.phase.rawValue) \(snapshot.stage?.label ?? "") \(snapshot.users) users, \(Int(snapshot.second.throughput))/s, p95 \(snapshot.second.p95 ?? 0) ms, \(snapshot.total.failures) failed")
    }
}
