/// The capacity that follows from the steps.
package struct CapacitySummary: Codable, Sendable {
    /// What limits the throughput.
    package enum Limit: String, Codable, Sendable {
        /// The target's CPU.
        case cpu
        /// Its queue grows: requests arrive faster than they are processed.
        case queue
        /// It rejects or fails requests.
        case errors
        /// Think time; the target could handle more.
        case thinkTime = "think time"
        /// The number of users or arrivals; the target could handle more.
        case load
        /// The generator; the target's limit is unknown.
        case generator
        /// Unknown: the throughput levels off for no measured reason.
        case unknown
    }

    /// The fit; nil where there were too few steps.
    package var fit: ScalabilityFit?
    /// Why there is no fit; nil if there is.
    package var fitProblem: String?
    /// The users above which more users gain little: where throughput reaches 90 % of its maximum.
    package var kneeUsers: Double?
    /// Throughput there.
    package var kneeThroughput: Double?
    /// The limit at the heaviest load.
    package var limit: Limit
    /// The most users of a step that met all objectives.
    package var recommendedUsers: Int?
    /// The highest throughput of a step that met all objectives.
    package var recommendedThroughput: Double?
    /// The same as sentences.
    package var statements: [String]
}

extension CapacitySummary {
    /// The capacity that follows from the steps.
    package init(steps: [StepSummary]) {
        let closed = steps.filter { $0.users != nil }
        let points = closed.map { (users: Double($0.users ?? 0), throughput: $0.throughput) }
        let fit = ScalabilityFit(users: points.map(\.users), throughput: points.map(\.throughput))
        self.fit = fit
        fitProblem = fit == nil ? Self.whyNoFit(steps, closed) : nil
        limit = Self.limit(of: steps)
        let knee = Self.knee(fit, points, limit: limit)
        kneeUsers = knee?.users
        kneeThroughput = knee?.throughput
        let best = Self.recommended(steps)
        recommendedUsers = best?.users
        recommendedThroughput = best?.throughput
        statements = []
        statements = Self.statements(of: self, steps: steps, best: best)
    }

    private static func whyNoFit(_ steps: [StepSummary], _ closed: [StepSummary]) -> String {
        if closed.isEmpty { return "the law describes users, but the load was given as arrivals" }
        let levels = Set(closed.map(\.users)).count
        return
            "too few steps: the law needs \(ScalabilityFit.minimumSteps) different numbers of users, better \(ScalabilityFit.trustworthySteps), "
            + "and there \(levels == 1 ? "was 1" : "were \(levels)")"
    }

    /// Where throughput reaches 90 % of its maximum; nil if it still rises with the users.
    private static func knee(
        _ fit: ScalabilityFit?, _ points: [(users: Double, throughput: Double)], limit: Limit
    ) -> (users: Double, throughput: Double)? {
        guard let most = points.map(\.users).max(), limit != .thinkTime, limit != .load, limit != .generator else { return nil }
        if let fit, fit.isTrustworthy {
            // The law is not extrapolated beyond the measured loads.
            guard let users = fit.law.users(reaching: 0.9), users <= most else { return nil }
            return (users, fit.law.throughput(users: users))
        }
        let highest = points.map(\.throughput).max() ?? 0
        guard points.count >= 3 else { return nil }
        return points.sorted { $0.users < $1.users }.first { $0.throughput >= 0.9 * highest }
    }

    /// What limits the heaviest step.
    private static func limit(of steps: [StepSummary]) -> Limit {
        guard let heaviest = steps.max(by: { $0.load < $1.load }) else { return .unknown }
        if heaviest.generator?.isValid == false { return .generator }
        if let cpu = heaviest.resources?.cpuPercentOfAll, cpu >= 85 { return .cpu }
        if heaviest.counts.errorRate > 0.01 { return .errors }
        switch heaviest.little?.limit {
        case .thinkTime: return .thinkTime
        case .users: return .load
        case nil: break
        }
        if heaviest.isShortOfUsers { return (heaviest.meanWait ?? 0) > 0 ? .thinkTime : .load }
        if let rate = heaviest.rate, heaviest.throughput >= 0.95 * rate { return .load }
        if heaviest.counts.queued > 0 || (heaviest.resources?.queueLength?.mean ?? 0) >= 1 { return .queue }
        return .unknown
    }

    /// The heaviest step up to which every step met all objectives; steps with too few users for a throughput objective are skipped.
    private static func recommended(_ steps: [StepSummary]) -> StepSummary? {
        let rising = steps.filter { !$0.isShortOfUsers }.sorted { $0.load < $1.load }
        return rising.prefix { $0.verdict == .passed }.max { $0.throughput < $1.throughput }
    }

    private static func statements(of capacity: CapacitySummary, steps: [StepSummary], best: StepSummary?) -> [String] {
        [
            capacity.fitStatement, capacity.kneeStatement,
            capacity.limitStatement(isMeasured: steps.contains { $0.resources?.cpuPercentOfAll != nil }),
            best.map { step in
                "The objectives are met up to \(step.label) per instance: \(Decimals.text(step.throughput)) responses a second."
            } ?? unkept(steps),
        ].compactMap(\.self)
    }

    /// The statement where no step met all objectives.
    private static func unkept(_ steps: [StepSummary]) -> String? {
        guard steps.contains(where: { $0.verdict != nil }) else { return nil }
        guard let short = steps.max(by: { $0.load < $1.load }), short.isShortOfUsers,
            let needed = short.objectives.compactMap(\.usersNeeded).max()
        else { return "The objectives were not proven at any load of the test." }
        return "No load of the test requested enough for the objectives: at least \(needed) users are needed."
    }

    private var fitStatement: String? {
        guard let fit else { return fitProblem.map { "No scalability law was fitted: \($0)." } }
        let law = fit.law
        let quality =
            fit.isTrustworthy
            ? "R² \(Decimals.text(fit.rSquared, places: 3))"
            : "R² \(Decimals.text(fit.rSquared, places: 3)) over \(Set(fit.users).count) steps: not reliable"
        return "Universal Scalability Law: λ \(Decimals.text(law.lambda)), σ \(Decimals.text(law.sigma)), "
            + "κ \(Decimals.text(law.kappa, places: 6)); \(quality)."
    }

    private var kneeStatement: String? {
        guard let kneeUsers, let kneeThroughput else { return nil }
        return "Above about \(Decimals.text(kneeUsers, places: 0)) users, more users gain little: "
            + "throughput is \(Decimals.text(kneeThroughput)) a second there, 90 % of its maximum."
    }

    private func limitStatement(isMeasured: Bool) -> String {
        switch limit {
        case .cpu: "The target's CPU is the limit."
        case .queue: "The target's queue grows: requests arrive faster than they are processed."
        case .errors: "The target rejects or fails requests before its CPU is saturated."
        case .thinkTime:
            "Think time is the limit, not the target: this does not measure its capacity. Use more users or a shorter wait."
        case .load: "The load is the limit, not the target: this does not measure its capacity. Use more users or a higher rate."
        case .generator: "The load generator is the limit: the result says nothing about the target."
        case .unknown where isMeasured:
            "The target's CPU is not saturated at the heaviest load, and nothing else that was measured is the limit."
        case .unknown: "The limit is unknown: give --pid or --metrics to measure the target's CPU and queue."
        }
    }
}

extension StepSummary {
    /// Users or arrivals a second, whichever it was.
    package var load: Double { rate ?? Double(users ?? 0) }
}
