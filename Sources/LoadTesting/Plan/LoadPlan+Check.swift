extension LoadPlan {
    /// Whether a test can follow it.
    func check() throws(LoadTestError) {
        guard !requests.isEmpty else { throw .badPlan("There is nothing to ask: the plan has no request.") }
        guard (1...256).contains(threads) else { throw .badPlan("The generator has 1 to 256 threads.") }
        guard (1...1_000_000).contains(maximumInFlight) else { throw .badPlan("1 to 1000000 requests may be under way.") }
        if let spawnRate, !(spawnRate > 0) { throw .badPlan("Users come at more than 0 a second.") }
        try check(shape)
    }

    /// Whether a shape has stages that can be measured.
    func check(_ shape: LoadShape) throws(LoadTestError) {
        guard let first = shape.stages.first else { throw .badPlan("There is no load: the plan has no stage.") }
        guard shape.stages.count <= LoadRun.mostSteps else {
            throw .badPlan("A test has at most \(LoadRun.mostSteps) stages.")
        }
        if shape.kind == .findMaximum, objectives.isEmpty {
            throw .badPlan("A search for the highest load needs objectives to hold, such as p95=3s.")
        }
        var before: LoadLevel?
        for stage in shape.stages {
            guard stage.from.isOpen == first.from.isOpen, stage.to.isOpen == first.from.isOpen else {
                throw .badPlan("All stages have users, or all have a rate; one test is of one model.")
            }
            try check(stage, after: before)
            before = stage.to
        }
    }

    private func check(_ stage: LoadStage, after before: LoadLevel?) throws(LoadTestError) {
        for level in [stage.from, stage.to] {
            let most = level.isOpen ? Self.highestRate : Double(Self.mostUsers)
            guard (0...most).contains(level.number) else {
                throw .badPlan("\(level.text) is out of range; it is 0 to \(ShortNumber.text(most)).")
            }
        }
        guard let seconds = stage.seconds else { return }
        var settling = stage.dropped ?? dropped
        if case .users(let count) = stage.from, let spawnRate {
            settling += max(0, Double(count) - (before?.number ?? 0)) / spawnRate
        }
        guard seconds - settling >= 1 else {
            throw .badPlan(
                "Stage '\(stage.label)' lasts \(ShortNumber.text(seconds)) s, of which \(ShortNumber.text(settling)) s do not count "
                    + "(users come, and warm-up): at least one second must be left to measure. Give it more time, or drop less.")
        }
    }
}
