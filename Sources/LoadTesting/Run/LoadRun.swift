import Foundation
package import LatencyHistograms
package import LoadGeneration

/// One run as a value: which stage it is in and what was counted. It decides and counts; time, load and figures come from outside,
/// so that all of it can be tried without a clock.
package struct LoadRun: Sendable {
    /// What the generator is to do now.
    package enum Order: Sendable, Equatable {
        /// This much load; users come at so many a second (infinite: at once).
        case load(LoadLevel, spawnRate: Double)
        /// The run is over.
        case finish
    }

    /// Stages that one run can have.
    static let mostSteps = 1_000
    /// Notes that are kept.
    static let mostNotes = 50
    /// Time between two looks, in seconds.
    static let tick = 1.0

    let plan: LoadPlan
    let id: String
    let started: Moment
    /// Words for the shape that was asked for.
    private(set) var shape: LoadShape
    private(set) var step: StepWindow?
    private(set) var course: Course
    /// Those that are over.
    package private(set) var steps: [StepSummary] = []
    /// Everything, also what does not count.
    private(set) var total: WindowCounts
    /// What counts, over all steps.
    private(set) var measured: WindowCounts
    private(set) var measuredSeconds = 0.0
    /// Service times of all that ended, however they did.
    private var everything = LatencyHistogram()
    private(set) var timeline = Timeline()
    private(set) var generator = GeneratorUse()
    /// What people should know.
    package private(set) var notes: [String] = []
    /// The last tick, for people who watch.
    private(set) var last: (window: GeneratorWindow, target: TargetFigures?, own: GeneratorFigures, seconds: Double)
    private(set) var lastTick: Moment
    private(set) var droppedStarts = 0
    /// The last full second.
    private(set) var second = LiveSnapshot.Figures()
    private var level: LoadLevel?
    private var spawnRate: Double
    private var stagesBegun = 0

    /// Nothing has happened yet; `begin` starts the first stage.
    package init(plan: LoadPlan, shape: LoadShape, id: String, now: Moment) {
        self.plan = plan
        self.shape = shape
        self.id = id
        started = now
        lastTick = now
        course = Course(shape, plan: plan)
        let labels = plan.labels
        total = WindowCounts(labels: labels)
        measured = WindowCounts(labels: labels)
        last = (GeneratorWindow(counts: WindowCounts(labels: labels)), nil, GeneratorFigures(), 0)
        spawnRate = plan.spawnRate ?? .infinity
        notes = plan.remarks
    }

    /// What is asked for now.
    var currentLevel: LoadLevel? { level }

    /// The next moment at which there is something to do: a tick, or a boundary of the stage.
    package var nextMoment: Moment {
        let tick = lastTick.adding(Self.tick)
        guard let boundary = step?.boundary else { return tick }
        // A tick that would end just before a boundary ends with it.
        return boundary.uptime < tick.adding(Self.tick / 4).uptime ? boundary : tick
    }

    /// Counts what happened since the last look.
    package mutating func take(_ window: GeneratorWindow, target: TargetFigures?, own: GeneratorFigures, now: Moment) {
        let seconds = now.seconds(since: lastTick)
        lastTick = now
        // What is left before a boundary is no second to show.
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
        // Answers that trickle in when the last stage is over: a moment is no second, and would look like a burst.
        guard step != nil || seconds >= Self.tick / 2 else { return }
        timeline.add(point(window, target: target, own: own, seconds: seconds, now: now), counts: window.counts)
    }

    /// Goes on: to measuring, to the next stage, to the end, or along a ramp. The order, where there is one.
    package mutating func advance(_ now: Moment) -> Order? {
        guard var step else { return beginNext(now) }
        if !step.isMeasuring, now.uptime >= step.settled.uptime {
            step.measure(from: now)
            self.step = step
        }
        if step.isOver(now) {
            closeStep(now)
            return beginNext(now)
        }
        if let verdict = self.step?.exhaustedObjective(plan, seconds: last.seconds) {
            note(
                "The run was ended in stage '\(step.stage.label)': \(verdict.objective) was broken for \(Decimals.text(plan.patience)) s."
            )
            closeStep(now)
            return .finish
        }
        guard !step.stage.isSteady else { return nil }
        return ordered(step.stage.level(at: now.seconds(since: step.began)))
    }

    /// Ends the current stage; what counts of it becomes a step.
    package mutating func closeStep(_ now: Moment) {
        guard let step else { return }
        self.step = nil
        guard let summary = summary(of: step) else {
            return note("Stage '\(step.stage.label)' ended before anything of it counted.")
        }
        steps.append(summary)
        course.note(summary)
    }

    /// Goes on with other stages from now; the current one ends here.
    package mutating func turn(to shape: LoadShape, spawnRate: Double?, now: Moment) -> Order {
        closeStep(now)
        if let spawnRate { self.spawnRate = spawnRate }
        self.shape = shape
        course = Course(shape, plan: plan)
        return beginNext(now)
    }

    /// Something that people should know.
    mutating func note(_ sentence: String) {
        if notes.count < Self.mostNotes, notes.last != sentence { notes.append(sentence) }
    }

    /// What a stage comes to so far.
    func summary(of step: StepWindow) -> StepSummary? {
        step.summary(
            plan, objectives: plan.objectives, unloadedLatency: unloadedLatency(of: step.stage.to), isTrial: course.isSearch)
    }

    /// The mean service time of the lightest step before, if that was lighter.
    private func unloadedLatency(of level: LoadLevel) -> Double? {
        let lightest = steps.filter { $0.service.count > 0 }.min { $0.load < $1.load }
        return lightest.flatMap { $0.load < level.number ? $0.service.mean : nil }
    }

    private mutating func beginNext(_ now: Moment) -> Order {
        guard steps.count < Self.mostSteps, let stage = course.next() else { return .finish }
        let spawning = spawnSeconds(to: stage.from)
        let settling = spawning + (stage.dropped ?? plan.dropped)
        step = StepWindow(stage, index: stagesBegun, settling: settling, labels: plan.labels, now: now)
        stagesBegun += 1
        if settling == 0 { step?.measure(from: now) }
        return ordered(stage.from) ?? .load(stage.from, spawnRate: spawnRate)
    }

    /// How long users take to come.
    private func spawnSeconds(to next: LoadLevel) -> Double {
        guard case .users(let count) = next, spawnRate.isFinite, spawnRate > 0 else { return 0 }
        return max(0, Double(count) - (level?.number ?? 0)) / spawnRate
    }

    private mutating func ordered(_ next: LoadLevel) -> Order? {
        guard next != level else { return nil }
        level = next
        return .load(next, spawnRate: spawnRate)
    }

    private func point(
        _ window: GeneratorWindow, target: TargetFigures?, own: GeneratorFigures, seconds: Double, now: Moment
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

extension LoadPlan {
    /// What the plan's requests are called: each method and name once; those of one name are counted together.
    package var labels: [RequestLabel] {
        var seen: Set<RequestLabel> = []
        return requests.map { RequestLabel(method: $0.method, name: $0.name) }.filter { seen.insert($0).inserted }
    }
}
