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

    /// N users who get an answer after R and wait Z ask N ÷ (R + Z) times a second, whatever the target can do. Where nothing says that the
    /// target was at its limit, a throughput that was not reached is told as what it is: the users'. What speaks for the target is that it is
    /// no slower than under a lighter load or quick beside the wait (`LittleCheck.limit`), cores seen to have room, or a heavier load
    /// at which it did as much (`isReachedLater`).
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
                wait > 0 ? "the users' think time limits it, not the target" : "the number of users limits it, not the target"
            objectives[index].usersNeeded = needed
            objectives[index].reason =
                "\(plain): \(reason). \(bound); it takes at least \(needed) users to ask \(Decimals.text(limit)) times a second"
        } else if wait > 0, !hasSeenCores, little.unloadedBound == nil {
            objectives[index].reason =
                "\(plain). \(bound), so it takes at least \(needed) users to ask \(Decimals.text(limit)) times a second; whether the target could "
                + "do it a lighter step or --pid would tell"
        }
    }

    /// Nothing speaks against the target: no other objective was missed, it answers what it is asked, and its cores and queue are not full.
    private var isAtEase: Bool {
        objectives.allSatisfy { $0.verdict != .failed || $0.objective.metric == .throughput }
            && counts.errorRate <= Self.mostErrors && counts.queued == 0
            && (resources?.cpuPercentOfAll ?? 0) < Self.busy && (resources?.queueLength?.mean ?? 0) < 1
    }
}

extension [StepSummary] {
    /// The steps of a run that is over: a throughput that more users got from the target was not missed by the target where they were fewer.
    package var explained: [StepSummary] {
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
