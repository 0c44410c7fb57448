/// The stages of a run: given ones, or those that a search asks for.
enum StageSequence: Sendable {
    /// The stages that are still to come.
    case stages([LoadStage])
    /// The loads that the search asks for; each trial is `trial` with another load.
    case search(LoadSearch, trial: LoadStage)

    /// Removes and returns the next stage; nil at the end.
    mutating func next() -> LoadStage? {
        switch self {
        case .stages(var stages):
            guard !stages.isEmpty else { return nil }
            let stage = stages.removeFirst()
            self = .stages(stages)
            return stage
        case .search(let search, let trial):
            guard let load = search.next else { return nil }
            let level = trial.to.with(load)
            return LoadStage(level, seconds: trial.seconds, dropped: trial.dropped)
        }
    }

    /// Takes the result of a stage.
    mutating func record(_ step: StepSummary) {
        guard case .search(var search, let trial) = self else { return }
        search.record(step.verdict ?? .unproven, throughput: step.throughput)
        self = .search(search, trial: trial)
    }

    /// How many stages are still to come; nil for a search.
    var remaining: Int? {
        if case .stages(let stages) = self { stages.count } else { nil }
    }

    /// The length of the stages that are still to come, in seconds; nil where it is unknown.
    var seconds: Double? {
        guard case .stages(let stages) = self else { return nil }
        return LoadShape(kind: .stages, stages: stages).seconds
    }
}

extension StageSequence {
    /// The stages of a shape.
    init(_ shape: LoadShape, plan: LoadPlan) {
        if shape.kind == .findMaximum, let trial = shape.stages.first {
            self = .search(LoadSearch(plan.searchPlan(from: trial.to)), trial: trial)
        } else {
            self = .stages(shape.stages)
        }
    }

    /// Whether it tries loads that may fail.
    var isSearch: Bool {
        if case .search = self { true } else { false }
    }
}

extension LoadPlan {
    /// The search that starts at a load.
    fileprivate func searchPlan(from level: LoadLevel) -> LoadSearchPlan {
        let most = level.isOpen ? Self.maximumRate : Double(Self.maximumUsers)
        return LoadSearchPlan(
            start: level.number, lowest: level.isOpen ? 0.1 : 1, highest: min(most, searchHighest ?? most),
            precision: searchPrecision, isWhole: !level.isOpen, repeats: searchRepeats)
    }
}
