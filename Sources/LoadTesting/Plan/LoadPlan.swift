package import LoadGeneration

/// Everything that a load test is told: by flags, by a scenario file, or by both.
package struct LoadPlan: Sendable {
    /// Whom to load; all requests go there and nowhere else.
    package var target: LoadTarget
    /// How it is spoken to.
    package var connection = ConnectionSettings()
    /// What is asked: one or more requests, mixed by their weights. Never empty when a test starts.
    package var requests: [RequestTemplate] = []
    /// Whether a 202 is followed until its job has ended; nil counts it as queued.
    package var follow: FollowSettings?
    /// How the load goes over time.
    package var shape: LoadShape
    /// What users do between requests (closed model only).
    package var wait = WaitTime.none
    /// Users started in a second; nil: all at once.
    package var spawnRate: Double?
    /// Open model: how arrivals lie in time.
    package var arrivals = Arrivals.poisson
    /// Open model: requests that may be under way at once; a start beyond it is dropped and counted.
    package var maximumInFlight = 1_000
    /// Event loops of the generator, a thread each.
    package var threads = 1
    /// Seconds at the beginning of each stage that do not count, beside those in which users are started.
    package var dropped = 2.0
    /// What the target must keep to.
    package var objectives: [Objective] = []
    /// An objective that ends the run does so when it has been broken for so many seconds in a row.
    package var abortAfter = 10.0
    /// Search for the highest load: how often each load is tried; the majority decides.
    package var searchRepeats = 3
    /// Search: it ends when what holds and what does not are so near, a part of the latter.
    package var searchPrecision = 0.05
    /// Search: nothing above is tried; nil: what a test can have at most.
    package var searchHighest: Double?
    /// The target's own figures.
    package var monitor = TargetMonitorPlan()
    /// Makes a run repeatable: waits, arrivals and choices are drawn from it.
    package var seed: UInt64 = 1
    /// For the report: the command that repeats this test.
    package var command: [String] = []
    /// For the report: what is sent.
    package var payload: PayloadSummary?
    /// For the report: sentences that its readers should know, besides what the run finds.
    package var remarks: [String] = []
    /// For the report: this program's version.
    package var version = ""

    /// A plan with everything else at its default.
    package init(target: LoadTarget, shape: LoadShape) {
        self.target = target
        self.shape = shape
    }
}

/// Where the target's own figures come from.
package struct TargetMonitorPlan: Sendable, Hashable {
    /// A process of this machine; its children count with it.
    package var pid: Int?
    /// An address that answers in Prometheus' text form.
    package var metrics: LoadTarget?
    /// Header fields for `metrics`, such as an API key.
    package var headers: [String: String] = [:]
    /// Seconds between two looks.
    package var interval = 1.0

    package init() {}

    /// Whether there is such a process, of which something can be learned.
    package static func isProcess(_ pid: Int) -> Bool { ProcessTreeWatch(pid: pid, now: 0) != nil }

    /// Whether there is anything to look at.
    package var isEmpty: Bool { pid == nil && metrics == nil }
}

extension LoadPlan {
    /// Users that a test can have.
    package static let maximumUsers = 100_000
    /// Requests a second that can be asked for.
    package static let maximumRate = 1_000_000.0
}

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
        guard shape.stages.count <= LoadRun.maximumSteps else {
            throw .badPlan("A test has at most \(LoadRun.maximumSteps) stages.")
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
            let most = level.isOpen ? Self.maximumRate : Double(Self.maximumUsers)
            guard (0...most).contains(level.number) else {
                throw .badPlan("\(level.text) is out of range; it is 0 to \(Decimals.shortest(most)).")
            }
        }
        guard let seconds = stage.seconds else { return }
        var settling = stage.dropped ?? dropped
        if case .users(let count) = stage.from, let spawnRate {
            settling += max(0, Double(count) - (before?.number ?? 0)) / spawnRate
        }
        guard seconds - settling >= 1 else {
            throw .badPlan(
                "Stage '\(stage.label)' lasts \(Decimals.shortest(seconds)) s, of which \(Decimals.shortest(settling)) s do not count "
                    + "(users come, and warm-up): at least one second must be left to measure. Give it more time, or drop less.")
        }
    }
}
