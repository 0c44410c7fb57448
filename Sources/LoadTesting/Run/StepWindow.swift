import LatencyHistograms
import LoadGeneration

/// A stage while it runs: first it settles, then it is measured.
struct StepWindow: Sendable {
    /// What is asked for.
    let stage: LoadStage
    /// Counted from 0 over the whole run.
    let index: Int
    /// When it began.
    let began: Timestamp
    /// When what happens begins to count.
    let settled: Timestamp
    /// When it ends; nil: until it is stopped.
    let end: Timestamp?
    /// Whether it is measured already.
    private(set) var isMeasuring = false
    private(set) var collector: StepCollector
    private var target = TargetUse()
    private var generator = GeneratorUse()
    /// Seconds in a row in which an objective that ends the run was broken.
    private var broken = 0.0

    /// Begins a stage. `settling`: seconds that do not count, at the beginning.
    init(_ stage: LoadStage, index: Int, settling: Double, labels: [RequestLabel], now: Timestamp) {
        self.stage = stage
        self.index = index
        began = now
        settled = now.adding(settling)
        end = stage.seconds.map { now.adding($0) }
        var conditions = StepConditions(label: stage.label, started: now.date, startedUptime: now.uptime)
        switch stage.to {
        case .users(let count): conditions.users = count
        case .rate(let rate): conditions.rate = rate
        }
        collector = StepCollector(labels: labels, conditions: conditions)
    }

    /// Whether its time is over.
    func isOver(_ now: Timestamp) -> Bool { end.map { now.uptime >= $0.uptime } ?? false }

    /// The next boundary: the end of settling, or its own.
    var boundary: Timestamp? { isMeasuring ? end : settled }

    /// From now on it counts.
    mutating func measure(from now: Timestamp) {
        isMeasuring = true
        collector.conditions.started = now.date
        collector.conditions.startedUptime = now.uptime
        collector.conditions.droppedSeconds = now.seconds(since: began)
    }

    /// Takes what happened in the last `seconds`, if it counts.
    mutating func add(_ window: GeneratorWindow, target figures: TargetFigures?, own: GeneratorFigures, seconds: Double) {
        guard isMeasuring, seconds > 0 else { return }
        collector.add(window.counts, seconds: seconds)
        target.add(figures, seconds: seconds)
        generator.add(own, window: window, seconds: seconds)
    }

    /// What it comes to so far; nil when nothing of it counts yet. `isTrial`: a load that a search tries.
    func summary(
        _ plan: LoadPlan, objectives: [Objective], unloadedLatency: Double?, isTrial: Bool = false
    ) -> StepSummary? {
        guard collector.seconds > 0 else { return nil }
        var collector = collector
        let service = collector.window.sum.service
        if case .users = stage.to { collector.conditions.meanWait = plan.wait.mean(latency: service.mean / 1e6) }
        var step = collector.summary(
            objectives: objectives, resources: target.use, generator: generator.health(threads: plan.generator.threads, service: service),
            unloadedLatency: unloadedLatency)
        if let complaint = generator.droppedComplaint, step.verdict != .failed {
            // Starts are dropped when the target is too slow, too: a load that was not put on can't be said to hold.
            if isTrial { step.verdict = .failed } else { step.generator?.complaints.append(complaint) }
        }
        return step
    }

    /// The first of `objectives` that ends the run and has been broken for the plan's abortAfter; to be asked once a tick.
    mutating func objectiveEndingRun(_ plan: LoadPlan, seconds: Double) -> ObjectiveVerdict? {
        let ending = plan.objectives.filter(\.abortsRun)
        guard isMeasuring, !ending.isEmpty, let step = summary(plan, objectives: ending, unloadedLatency: nil) else { return nil }
        guard let failed = step.objectives.first(where: \.endsRun) else {
            broken = 0
            return nil
        }
        broken += seconds
        return broken >= plan.abortAfter ? failed : nil
    }
}

/// What the target takes during a step, gathered second by second.
struct TargetUse: Sendable {
    private var cpu = RunningLevel()
    private var memory = RunningLevel()
    private var threads = RunningLevel()
    private var descriptors = RunningLevel()
    private var queue = RunningLevel()
    private var cores: Int?
    private var isKnown = false

    mutating func add(_ figures: TargetFigures?, seconds: Double) {
        guard let figures else { return }
        isKnown = true
        cores = figures.cores ?? cores
        cpu.add(figures.cpuPercent, seconds: seconds)
        memory.add(figures.residentBytes.map(Double.init), seconds: seconds)
        threads.add(figures.threads.map(Double.init), seconds: seconds)
        descriptors.add(figures.descriptors.map(Double.init), seconds: seconds)
        queue.add(figures.queueLength, seconds: seconds)
    }

    /// Nil when nothing was ever measured.
    var use: ResourceUse? {
        guard isKnown else { return nil }
        var use = ResourceUse()
        use.cpuPercent = cpu.level
        use.cores = cores
        use.residentBytes = memory.level
        use.threads = threads.level
        use.descriptors = descriptors.level
        use.queueLength = queue.level
        return use
    }
}

/// Mean over time and largest of a figure, second by second, without keeping the seconds.
struct RunningLevel: Sendable {
    private var weighted = 0.0
    private var seconds = 0.0
    private var maximum = 0.0

    /// Nil adds nothing: what was not measured is not zero.
    mutating func add(_ value: Double?, seconds: Double) {
        guard let value, seconds > 0 else { return }
        maximum = self.seconds == 0 ? value : max(maximum, value)
        weighted += value * seconds
        self.seconds += seconds
    }

    /// Nil when nothing was added.
    var level: ResourceUse.Level? {
        seconds > 0 ? ResourceUse.Level(mean: weighted / seconds, maximum: maximum) : nil
    }
}
