package import LoadGeneration

/// Everything that a load test needs to know: from flags, from a scenario file, or from both. Its initial values are the defaults.
package struct LoadPlan: Sendable {
    /// The generator's settings. Their model follows from the shape, `wait`, `arrivals` and `maximumInFlight`.
    package var generator: GeneratorSettings
    /// How the load changes over time.
    package var shape: LoadShape
    /// The think time of users between requests (closed model).
    package var wait = WaitTime.between(1, 3)
    /// Users spawned a second; nil: all at once.
    package var spawnRate: Double?
    /// Open model: the distribution of arrivals in time.
    package var arrivals = Arrivals.poisson
    /// Open model: the most requests in flight; a start beyond that is dropped and counted.
    package var maximumInFlight = defaultMaximumInFlight
    /// Seconds of warm-up at the beginning of each stage that are not measured, in addition to those in which users are spawned.
    package var dropped = 2.0
    /// The objectives that the target must meet.
    package var objectives: [Objective] = []
    /// How many seconds in a row an objective that ends the run must have been missed.
    package var abortAfter = defaultAbortAfter
    /// Search: how often each load is tried; the majority decides.
    package var searchRepeats = defaultSearchRepeats
    /// Search: stop when the highest passing and the lowest failing load differ by at most this share of the latter.
    package var searchPrecision = defaultSearchPrecision
    /// Search: the highest load that is tried; nil: the most that a test can have.
    package var searchHighest: Double?
    /// Where the target's own figures come from.
    package var monitor = TargetMonitorPlan()
    /// For the report: the command that repeats this test.
    package var command: [String] = []
    /// For the report: what the requests carry.
    package var payload: PayloadSummary?
    /// For the report: notes besides those of the run.
    package var remarks: [String] = []
    /// For the report: this program's version.
    package var version = ""

    /// A plan with everything else at its default.
    package init(target: LoadTarget, shape: LoadShape) {
        generator = GeneratorSettings(target: target, requests: [], model: .closed(.none))
        self.shape = shape
    }

    /// The server to load; no request goes elsewhere.
    package var target: LoadTarget {
        get { generator.target }
        set { generator.target = newValue }
    }
    /// The requests, chosen by weight. At least one when a test starts.
    package var requests: [RequestTemplate] {
        get { generator.requests }
        set { generator.requests = newValue }
    }
}

/// Where the target's own figures come from.
package struct TargetMonitorPlan: Sendable, Hashable {
    /// A process of this machine; its children count with it.
    package var pid: Int?
    /// An address with metrics in Prometheus' text format.
    package var metrics: LoadTarget?
    /// Header fields for `metrics`, such as an API key.
    package var headers: [String: String] = [:]
    /// The interval between two readings, in seconds.
    package var interval = 1.0

    package init() {}

    /// Whether there is such a process and it can be read.
    package static func isProcess(_ pid: Int) -> Bool { ProcessTreeWatch(pid: pid, now: 0) != nil }

    /// Whether there is nothing to read.
    package var isEmpty: Bool { pid == nil && metrics == nil }
}

extension LoadPlan {
    /// The default limit of requests in flight.
    package static let defaultMaximumInFlight = 1_000
    /// The default of `abortAfter`, in seconds.
    package static let defaultAbortAfter = 10.0
    /// The default number of tries of each load of a search.
    package static let defaultSearchRepeats = 3
    /// The default precision of a search.
    package static let defaultSearchPrecision = 0.05
    /// The most users of a test.
    package static let maximumUsers = 100_000
    /// The most requests a second of a test.
    package static let maximumRate = 1_000_000.0
}

extension LoadPlan {
    /// Checks that a test can run it.
    func check() throws(LoadTestError) {
        guard !requests.isEmpty else { throw .badPlan("The plan has no request.") }
        guard GeneratorSettings.threadLimits.contains(generator.threads) else {
            throw .badPlan(
                "A generator has \(GeneratorSettings.threadLimits.lowerBound) to \(GeneratorSettings.threadLimits.upperBound) threads."
            )
        }
        guard (1...1_000_000).contains(maximumInFlight) else {
            throw .badPlan("The limit of requests in flight is 1 to 1000000.")
        }
        if let spawnRate, !(spawnRate > 0) { throw .badPlan("The spawn rate must be above 0 users a second.") }
        try check(shape)
    }

    /// Checks that a shape has stages that can be measured.
    func check(_ shape: LoadShape) throws(LoadTestError) {
        guard let first = shape.stages.first else { throw .badPlan("The plan has no stage.") }
        guard shape.stages.count <= LoadRun.maximumSteps else {
            throw .badPlan("A test has at most \(LoadRun.maximumSteps) stages.")
        }
        if shape.kind == .findMaximum, objectives.isEmpty {
            throw .badPlan("A search for the highest load needs objectives, such as p95=3s.")
        }
        var before: LoadLevel?
        for stage in shape.stages {
            guard stage.from.isOpen == first.from.isOpen, stage.to.isOpen == first.from.isOpen else {
                throw .badPlan("A test has one model: all stages have users, or all have a rate.")
            }
            try check(stage, after: before)
            before = stage.to
        }
    }

    private func check(_ stage: LoadStage, after before: LoadLevel?) throws(LoadTestError) {
        for level in [stage.from, stage.to] {
            let most = level.isOpen ? Self.maximumRate : Double(Self.maximumUsers)
            guard (0...most).contains(level.number) else {
                throw .badPlan("\(level.text) is out of range (0 to \(Decimals.shortest(most))).")
            }
        }
        guard let seconds = stage.seconds else { return }
        var settling = stage.dropped ?? dropped
        if case .users(let count) = stage.from, let spawnRate {
            settling += max(0, Double(count) - (before?.number ?? 0)) / spawnRate
        }
        guard seconds - settling >= 1 else {
            throw .badPlan(
                "Stage '\(stage.label)' lasts \(Decimals.shortest(seconds)) s, of which \(Decimals.shortest(settling)) s are excluded "
                    + "(spawning users and warm-up). At least one second must be left to measure: make it longer, or exclude less."
            )
        }
    }
}
