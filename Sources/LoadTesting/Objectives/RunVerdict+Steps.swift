extension RunVerdict {
    /// Of a run with such steps. A generator that did not keep up makes it invalid, whatever the figures say.
    package init(steps: [StepSummary], objectives: [Objective], generator: GeneratorHealth) {
        let judged = steps.compactMap(\.verdict)
        if !generator.isValid {
            self.init(outcome: .invalid, reasons: generator.complaints)
        } else if objectives.isEmpty {
            self.init(outcome: .none)
        } else {
            let outcome: Outcome =
                switch Verdict(judged) {
                case .passed: .passed
                case .failed: .failed
                case .unproven, nil: .unproven
                }
            self.init(outcome: outcome, reasons: judged.isEmpty ? ["no step was measured"] : Self.reasons(steps))
        }
    }

    /// What was not met or not proven, a sentence each.
    private static func reasons(_ steps: [StepSummary]) -> [String] {
        steps.flatMap { step in
            step.objectives.filter { $0.verdict != .passed }.map { "\(step.label): \($0.objective): \($0.reason)" }
        }
    }
}

extension ObjectiveVerdict {
    /// Whether the run has to end because of it.
    package var demandsAbort: Bool { objective.abortsRun && verdict == .failed }
}
