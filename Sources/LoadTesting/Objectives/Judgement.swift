package import LatencyHistograms

extension Objective {
    /// Whether a step met it.
    ///
    /// Percentiles are of response times (the intended start where there is a schedule, else the real one), over all requests, one that
    /// failed or was put into a queue being one that took longer than any limit. "Passed" is claimed when the numbers prove it with 95 %
    /// confidence (`EarlyStopping`); a percentile that lies within the limit without proof is `unproven`.
    package func verdict(of step: StepSummary) -> ObjectiveVerdict {
        switch metric {
        case .percentile(let percent): percentileVerdict(percent, of: step)
        case .mean: atMost(step.judgedLatency.count > 0 ? step.judgedLatency.mean : nil)
        case .maximum: atMost(step.judgedLatency.count > 0 ? step.judgedLatency.maximum : nil)
        case .errors: atMost(step.counts.ended > 0 ? step.counts.errorRate : nil)
        case .throughput: atLeast(step.throughput)
        case .cpu: atMost(step.resources?.cpuPercentOfAll)
        case .residentBytes: atMost(step.resources?.residentBytes?.maximum)
        }
    }

    private func percentileVerdict(_ percent: Double, of step: StepSummary) -> ObjectiveVerdict {
        let histogram = step.judgedHistogram
        let failed = step.counts.failed + step.counts.queued, count = histogram.count + failed
        guard count > 0 else { return ObjectiveVerdict(self, nil, .unproven, "no request ended") }
        // Failures count as longer than every response, so the percentile of all is a higher percentile of the responses.
        let rank = Double(count) * percent / 100
        let measured =
            rank <= Double(histogram.count) && !histogram.isEmpty
            ? histogram.value(atPercentile: 100 * rank / Double(histogram.count)).map { Double($0) / 1e6 } : nil
        let limitMicroseconds = UInt64(min(max(0, limit * 1e6), Double(LatencyHistogram.longest)))
        let over = histogram.count(above: limitMicroseconds) + failed
        guard let measured, measured <= limit else {
            let missed = "\(over) of \(count) requests took longer"
            let unanswered = failed > 0 ? " (\(failed) of them were not answered)" : ""
            return ObjectiveVerdict(self, measured, .failed, missed + unanswered)
        }
        if EarlyStopping.proves(quantile: percent / 100, overLimit: over, of: count) {
            return ObjectiveVerdict(self, measured, .passed, "\(over) of \(count) requests took longer")
        }
        let needed = EarlyStopping.requestsNeeded(quantile: percent / 100, overLimit: over)
        return ObjectiveVerdict(
            self, measured, .unproven,
            "not enough samples to claim it: with \(over) over the limit it takes \(needed) requests, and there were \(count)")
    }

    private func atMost(_ measured: Double?) -> ObjectiveVerdict {
        judged(measured) { $0 <= limit }
    }

    private func atLeast(_ measured: Double?) -> ObjectiveVerdict {
        judged(measured) { $0 >= limit }
    }

    private func judged(_ measured: Double?, _ isMet: (Double) -> Bool) -> ObjectiveVerdict {
        guard let measured else { return ObjectiveVerdict(self, nil, .unproven, "\(metric.name) was not measured") }
        return ObjectiveVerdict(
            self, measured, isMet(measured) ? .passed : .failed,
            "\(metric.name) was \(text(of: measured)); the limit is \(text(of: limit))")
    }
}

extension ObjectiveVerdict {
    fileprivate init(_ objective: Objective, _ measured: Double?, _ verdict: Verdict, _ reason: String) {
        self.init(objective: objective, measured: measured, verdict: verdict, reason: reason)
    }
}

extension Verdict {
    /// Of several together: one that failed fails all; nil without any.
    package init?(_ verdicts: [Verdict]) {
        guard !verdicts.isEmpty else { return nil }
        self = verdicts.contains(.failed) ? .failed : verdicts.contains(.unproven) ? .unproven : .passed
    }
}

extension StepSummary {
    /// The response times that objectives are about: from the intended start where there is a schedule, else from the real one.
    package var judgedHistogram: LatencyHistogram { expectedInterval == nil ? correctedHistogram : histogram }
    /// The same as figures.
    package var judgedLatency: LatencySummary { expectedInterval == nil ? corrected : service }
}

extension StepSummary {
    /// Judges the step by `objectives`; everything else of it is there already.
    package mutating func judge(_ objectives: [Objective]) {
        self.objectives = objectives.map { $0.verdict(of: self) }
        explainShortfall()
        verdict = Verdict(self.objectives.map(\.verdict))
    }

    /// Whether all that it missed is a throughput for which there were too few users, or users who waited too long.
    package var isShortOfUsers: Bool {
        let missed = objectives.filter { $0.verdict == .failed }
        return !missed.isEmpty && missed.allSatisfy { $0.usersNeeded != nil }
    }
}

extension StepSummary {
    /// A target whose cores are busier than this, in percent, may be what limits.
    private static let busy = 85.0
    /// More failures than this are the target's own.
    private static let mostErrors = 0.01

    /// N users with response time R and think time Z send N ÷ (R + Z) requests a second, whatever the target can do. Where nothing shows that
    /// the target was at its limit, a throughput that was not reached is attributed to the users. Evidence for the target: it is no slower than
    /// under a lighter load or fast compared with the think time (`LittleCheck.limit`), its CPU has room, or it reached the throughput under a
    /// heavier load (`isReachedLater`).
    fileprivate mutating func explainShortfall(isReachedLater: Bool = false) {
        guard let index = objectives.firstIndex(where: { $0.objective.metric == .throughput && $0.verdict == .failed }),
            objectives[index].usersNeeded == nil, let users, let little, little.isConsistent, little.bound > 0, isAtEase
        else { return }
        let limit = objectives[index].objective.limit, cycle = Double(users) / little.bound
        let wait = meanWait ?? 0, latency = max(0, cycle - wait), hasSeenCores = resources?.cpuPercentOfAll != nil
        let needed = max(users + 1, Int(min(1e9, (limit * cycle).rounded(.up))))
        let bound =
            "\(users) users ÷ (\(Decimals.text(latency)) s of latency + \(Decimals.text(wait)) s of wait) is "
            + "\(Decimals.text(little.bound)) a second"
        let plain = objectives[index].objective.verdict(of: self).reason
        if little.limit != nil || isReachedLater || wait >= latency && hasSeenCores {
            let reason =
                wait > 0 ? "think time is the limit, not the target" : "the number of users is the limit, not the target"
            objectives[index].usersNeeded = needed
            objectives[index].reason =
                "\(plain): \(reason). \(bound); at least \(needed) users are needed for \(Decimals.text(limit)) requests a second"
        } else if wait > 0, !hasSeenCores, little.unloadedBound == nil {
            objectives[index].reason =
                "\(plain). \(bound), so at least \(needed) users are needed for \(Decimals.text(limit)) requests a second; a lighter step or --pid "
                + "would tell whether the target can handle that"
        }
    }

    /// Whether nothing shows a limit of the target: no other objective was missed, it responds, and its CPU and queue are not saturated.
    private var isAtEase: Bool {
        objectives.allSatisfy { $0.verdict != .failed || $0.objective.metric == .throughput }
            && counts.errorRate <= Self.mostErrors && counts.queued == 0
            && (resources?.cpuPercentOfAll ?? 0) < Self.busy && (resources?.queueLength?.mean ?? 0) < 1
    }
}

extension [StepSummary] {
    /// The steps of a run that is over: a throughput that more users got from the target was not missed by the target where they were fewer.
    package var withShortfallsExplained: [StepSummary] {
        map { step in
            let isReachedLater = contains { other in
                (other.users ?? 0) > (step.users ?? .max)
                    && other.objectives.contains { $0.objective.metric == .throughput && $0.verdict == .passed }
            }
            guard isReachedLater else { return step }
            var step = step
            step.explainShortfall(isReachedLater: true)
            return step
        }
    }
}

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
    package var endsRun: Bool { objective.abortsRun && verdict == .failed }
}
