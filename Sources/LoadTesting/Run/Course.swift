/// Where the load goes next: along given stages, by a search, or wherever people want it.
enum Course: Sendable {
    /// These are still to come.
    case stages([LoadStage])
    /// Whatever the search asks for next; each trial is like `trial`, with another load.
    case search(LoadSearch, trial: LoadStage)

    /// The next stage, taken from it; nil at the end.
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

    /// Learns what came of a stage.
    mutating func note(_ step: StepSummary) {
        guard case .search(var search, let trial) = self else { return }
        search.record(step.verdict ?? .unproven, throughput: step.throughput)
        self = .search(search, trial: trial)
    }

    /// Stages that are still to come; nil when nobody knows.
    var remaining: Int? {
        if case .stages(let stages) = self { stages.count } else { nil }
    }

    /// Seconds that are still to come after the current stage; nil when nobody knows.
    var seconds: Double? {
        guard case .stages(let stages) = self else { return nil }
        return LoadShape(kind: .stages, stages: stages).seconds
    }
}
