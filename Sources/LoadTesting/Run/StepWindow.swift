import LatencyHistograms
import LoadGeneration

/// A stage while it runs: first it warms up, then it is measured.
struct StepWindow: Sendable {
    /// The stage.
    let stage: LoadStage
    /// Counted from 0 over the whole run.
    let index: Int
    /// When it began.
    let began: Timestamp
    /// When measuring begins.
    let settled: Timestamp
    /// When it ends; nil: when it is stopped.
    let end: Timestamp?
    /// Whether it is measured already.
    private(set) var isMeasuring = false
    private(set) var collector: StepCollector
    private var target = TargetUse()
    private var generator = GeneratorUse()
    /// Consecutive seconds in which an objective that ends the run was missed.
    private var broken = 0.0

    /// Starts a stage. `settling`: the seconds of warm-up.
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

    /// Starts to measure.
    mutating func measure(from now: Timestamp) {
        isMeasuring = true
        collector.conditions.started = now.date
        collector.conditions.startedUptime = now.uptime
        collector.conditions.droppedSeconds = now.seconds(since: began)
    }

    /// Adds what happened in the last `seconds`, unless it is still warming up.
    mutating func add(_ window: GeneratorWindow, target figures: TargetFigures?, own: GeneratorFigures, seconds: Double) {
        guard isMeasuring, seconds > 0 else { return }
        collector.add(window.counts, seconds: seconds)
        target.add(figures, seconds: seconds)
        generator.add(own, window: window, seconds: seconds)
    }

    /// The summary so far; nil while nothing has been measured. `isTrial`: a load that a search tries.
    func summary(
        _ plan: LoadPlan, objectives: [Objective], unloadedLatency: Double?, isTrial: Bool = false
    ) -> StepSummary? {
        guard collector.seconds > 0 else { return nil }
        var collector = collector
        let service = collector.window.sum.service
        if case .users = stage.to { collector.conditions.meanWait = plan.wait.mean(latency: service.mean / 1e6) }
        var step = collector.summary(
            objectives: objectives, resources: target.use,
            generator: generator.health(threads: plan.generator.threads, service: service),
            unloadedLatency: unloadedLatency)
        if let complaint = generator.droppedComplaint, step.verdict != .failed {
            // Starts are dropped when the target is too slow, too: a load that was not applied did not pass.
            if isTrial { step.verdict = .failed } else { step.generator?.complaints.append(complaint) }
        }
        return step
    }

    /// The first objective that ends the run and has been missed for the plan's `abortAfter`. To be called once a tick.
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

/// The target's resource use during a step, collected second by second.
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

    /// Nil when nothing was measured.
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

/// The mean over time and the maximum of a figure, without keeping its samples.
struct RunningLevel: Sendable {
    private var weighted = 0.0
    private var seconds = 0.0
    private var maximum = 0.0

    /// Nil adds nothing.
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
