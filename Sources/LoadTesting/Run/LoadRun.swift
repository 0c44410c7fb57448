import Foundation
import LatencyHistograms
package import LoadGeneration

/// One run as a value: the stage it is in and what was counted. It decides and counts; time, load and figures come from outside, so that
/// it is tested without a clock.
package struct LoadRun: Sendable {
    /// What the generator has to do now.
    package enum Action: Sendable, Equatable {
        /// Applies this load; users are spawned at `spawnRate` a second (infinite: at once).
        case load(LoadLevel, spawnRate: Double)
        /// The run is over.
        case finish
    }

    /// The most stages of a run.
    static let maximumSteps = 1_000
    /// The most notes that are kept.
    static let maximumNotes = 50
    /// The time between two ticks, in seconds.
    static let tick = 1.0

    let plan: LoadPlan
    let id: String
    let started: Timestamp
    /// The shape that was asked for.
    private(set) var shape: LoadShape
    private(set) var step: StepWindow?
    private(set) var stages: StageSequence
    /// The completed steps.
    package private(set) var steps: [StepSummary] = []
    /// Everything, including warm-up.
    private(set) var total: WindowCounts
    /// What was measured, over all steps.
    private(set) var measured: WindowCounts
    private(set) var measuredSeconds = 0.0
    /// Service times of all requests that ended, failures included.
    private var everything = LatencyHistogram()
    private(set) var timeline = Timeline()
    private(set) var generator = GeneratorUse()
    /// Notes for the report's reader.
    package private(set) var notes: [String] = []
    /// The last tick, for live views.
    private(set) var last: (window: GeneratorWindow, target: TargetFigures?, own: GeneratorFigures, seconds: Double)
    private(set) var lastTick: Timestamp
    private(set) var droppedStarts = 0
    /// The last full second.
    private(set) var second = LiveSnapshot.Figures()
    private var level: LoadLevel?
    private var spawnRate: Double
    private var stagesStarted = 0

    /// A run in which nothing has happened; `advance` starts the first stage.
    package init(plan: LoadPlan, shape: LoadShape, id: String, now: Timestamp) {
        self.plan = plan
        self.shape = shape
        self.id = id
        started = now
        lastTick = now
        stages = StageSequence(shape, plan: plan)
        let labels = plan.requests.labels
        total = WindowCounts(labels: labels)
        measured = WindowCounts(labels: labels)
        last = (GeneratorWindow(counts: WindowCounts(labels: labels)), nil, GeneratorFigures(), 0)
        spawnRate = plan.spawnRate ?? .infinity
        notes = plan.remarks
    }

    /// The load that is applied now.
    var currentLevel: LoadLevel? { level }

    /// The next time at which there is something to do: a tick, or a boundary of the stage.
    package var nextTick: Timestamp {
        let tick = lastTick.adding(Self.tick)
        guard let boundary = step?.boundary else { return tick }
        // A tick that would end just before a boundary ends with it.
        return boundary.uptime < tick.adding(Self.tick / 4).uptime ? boundary : tick
    }

    /// Counts what happened since the last tick.
    package mutating func take(_ window: GeneratorWindow, target: TargetFigures?, own: GeneratorFigures, now: Timestamp) {
        let seconds = now.seconds(since: lastTick)
        lastTick = now
        // A fraction of a second before a boundary would look like a burst.
        if seconds >= Self.tick / 2 { second = LiveSnapshot.Figures(window.counts.sum, seconds: seconds) }
        droppedStarts += window.counts.droppedStarts
        total.merge(window.counts)
        for request in window.counts.requests {
            everything.merge(request.service)
            everything.merge(request.otherService)
        }
        last = (window, target, own, seconds)
        guard seconds > 0 else { return }
        if step?.isMeasuring == true {
            measured.merge(window.counts)
            measuredSeconds += seconds
            generator.add(own, window: window, seconds: seconds)
        }
        step?.add(window, target: target, own: own, seconds: seconds)
        // The same holds for responses that arrive after the last stage.
        guard step != nil || seconds >= Self.tick / 2 else { return }
        timeline.add(point(window, target: target, own: own, seconds: seconds, now: now), counts: window.counts)
    }

    /// Advances to measuring, to the next stage, along a ramp, or to the end. The action to take, if any.
    package mutating func advance(_ now: Timestamp) -> Action? {
        guard var step else { return startNextStage(now) }
        if !step.isMeasuring, now.uptime >= step.settled.uptime {
            step.measure(from: now)
            self.step = step
        }
        if step.isOver(now) {
            closeStep(now)
            return startNextStage(now)
        }
        if let verdict = self.step?.objectiveEndingRun(plan, seconds: last.seconds) {
            note(
                "The run was stopped in stage '\(step.stage.label)': \(verdict.objective) was missed for \(Decimals.text(plan.abortAfter)) s."
            )
            closeStep(now)
            return .finish
        }
        guard !step.stage.isSteady else { return nil }
        return apply(step.stage.level(at: now.seconds(since: step.began)))
    }

    /// Ends the current stage; its measurement becomes a step.
    package mutating func closeStep(_ now: Timestamp) {
        guard let step else { return }
        self.step = nil
        guard let summary = summary(of: step) else {
            return note("Stage '\(step.stage.label)' ended during its warm-up and was not measured.")
        }
        steps.append(summary)
        stages.record(summary)
    }

    /// Continues with another shape; the current stage ends.
    package mutating func change(to shape: LoadShape, spawnRate: Double?, now: Timestamp) -> Action {
        closeStep(now)
        if let spawnRate { self.spawnRate = spawnRate }
        self.shape = shape
        stages = StageSequence(shape, plan: plan)
        return startNextStage(now)
    }

    /// Adds a note for the report's reader.
    mutating func note(_ sentence: String) {
        if notes.count < Self.maximumNotes, notes.last != sentence { notes.append(sentence) }
    }

    /// The summary of a stage so far; nil during its warm-up.
    func summary(of step: StepWindow) -> StepSummary? {
        step.summary(
            plan, objectives: plan.objectives, unloadedLatency: unloadedLatency(of: step.stage.to), isTrial: stages.isSearch)
    }

    /// The mean service time of the lightest completed step, if that was lighter than this level.
    private func unloadedLatency(of level: LoadLevel) -> Double? {
        let lightest = steps.filter { $0.service.count > 0 }.min { $0.load < $1.load }
        return lightest.flatMap { $0.load < level.number ? $0.service.mean : nil }
    }

    private mutating func startNextStage(_ now: Timestamp) -> Action {
        guard steps.count < Self.maximumSteps, let stage = stages.next() else { return .finish }
        let spawning = spawnSeconds(to: stage.from)
        let settling = spawning + (stage.dropped ?? plan.dropped)
        step = StepWindow(stage, index: stagesStarted, settling: settling, labels: plan.requests.labels, now: now)
        stagesStarted += 1
        if settling == 0 { step?.measure(from: now) }
        return apply(stage.from) ?? .load(stage.from, spawnRate: spawnRate)
    }

    /// How long it takes to spawn the users of the next level.
    private func spawnSeconds(to next: LoadLevel) -> Double {
        guard case .users(let count) = next, spawnRate.isFinite, spawnRate > 0 else { return 0 }
        return max(0, Double(count) - (level?.number ?? 0)) / spawnRate
    }

    private mutating func apply(_ next: LoadLevel) -> Action? {
        guard next != level else { return nil }
        level = next
        return .load(next, spawnRate: spawnRate)
    }

    private func point(
        _ window: GeneratorWindow, target: TargetFigures?, own: GeneratorFigures, seconds: Double, now: Timestamp
    ) -> TimelinePoint {
        var point = TimelinePoint(
            time: now.date.timeIntervalSince1970, seconds: seconds, step: step?.isMeasuring == true ? steps.count : nil,
            users: window.users, inFlight: window.inFlight, window: window.counts)
        if case .rate(let rate)? = level { point.rate = rate }
        point.totalMedian = everything.value(atPercentile: 50).map { Double($0) / 1e6 }
        point.cpuPercent = target?.cpuPercent
        point.residentBytes = target?.residentBytes.map(Double.init)
        point.threads = target?.threads.map(Double.init)
        point.descriptors = target?.descriptors.map(Double.init)
        point.queueLength = target?.queueLength
        point.generatorCpuPercent = own.cpuPercent
        point.lag = Double(window.worstLateness) / 1e9
        return point
    }
}
