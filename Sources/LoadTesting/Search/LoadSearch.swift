/// The parameters of a search for the highest load.
package struct LoadSearchPlan: Sendable, Equatable {
    /// The first load to try.
    package var start: Double
    /// The lowest load to try.
    package var lowest: Double
    /// The highest load to try.
    package var highest: Double
    /// Stop when the highest passing and the lowest failing load differ by at most this share of the latter.
    package var precision: Double
    /// Whether loads are whole numbers (users).
    package var isWhole: Bool
    /// The most trials of a load; the majority decides.
    package var repeats: Int
    /// The most trials in total.
    package var maximumProbes: Int

    /// Values out of range are moved to the nearest valid ones.
    package init(
        start: Double, lowest: Double = 1, highest: Double = 10_000, precision: Double = 0.05, isWhole: Bool = true,
        repeats: Int = 3, maximumProbes: Int = 60
    ) {
        let least = isWhole ? max(1, lowest.rounded()) : max(1e-3, lowest)
        self.lowest = least
        self.highest = max(least, isWhole ? highest.rounded() : highest)
        self.start = min(max(isWhole ? start.rounded() : start, least), self.highest)
        self.precision = min(max(precision, 0.001), 0.5)
        self.isWhole = isWhole
        self.repeats = max(1, repeats)
        self.maximumProbes = max(1, maximumProbes)
    }
}

/// The search for the highest load that meets the objectives, as a value: `next` is the load to try, `record` takes its result.
///
/// Bracketing: the load is doubled until one fails (or halved until one passes). Bisection: then the middle of the highest passing and the
/// lowest failing load is tried, until they are close enough. A single trial may err, so the majority of its trials decides a load; a trial
/// with too few requests to prove the objectives counts as failed.
package struct LoadSearch: Sendable {
    /// The search's parameters.
    package let plan: LoadSearchPlan
    /// The trials so far.
    package private(set) var probes: [SearchProbe] = []
    /// The highest load that passed.
    package private(set) var highestPassing: Double?
    /// The lowest load that failed.
    package private(set) var lowestFailing: Double?
    /// The load to try next; nil when the search has ended.
    package private(set) var next: Double?
    private var holds = 0
    private var misses = 0

    /// Begins a search.
    package init(_ plan: LoadSearchPlan) {
        self.plan = plan
        next = plan.start
    }

    /// Records the result of a trial of `next`.
    package mutating func record(_ verdict: Verdict, throughput: Double) {
        guard let load = next else { return }
        if verdict == .passed { holds += 1 } else { misses += 1 }
        probes.append(SearchProbe(load: load, verdict: verdict, throughput: throughput, attempt: holds + misses))
        let majority = plan.repeats / 2 + 1
        if holds >= majority || misses > plan.repeats - majority { decide(load, holds: holds >= majority) }
        if probes.count >= plan.maximumProbes { next = nil }
    }

    /// Tries loads until the search ends. `probe` applies a load and returns the verdict and the throughput.
    package mutating func run(
        _ probe: (Double) async throws -> (verdict: Verdict, throughput: Double)
    ) async rethrows -> SearchSummary {
        while let load = next {
            let result = try await probe(load)
            record(result.verdict, throughput: result.throughput)
        }
        return summary
    }

    private mutating func decide(_ load: Double, holds: Bool) {
        (self.holds, misses) = (0, 0)
        if holds { highestPassing = max(load, highestPassing ?? load) } else { lowestFailing = min(load, lowestFailing ?? load) }
        next = following
    }

    private var following: Double? {
        guard let passing = highestPassing else {
            guard let failing = lowestFailing, failing > plan.lowest else { return nil }
            return max(plan.lowest, rounded(failing / 2))
        }
        guard let failing = lowestFailing else {
            return passing >= plan.highest ? nil : min(plan.highest, rounded(passing * 2))
        }
        guard failing - passing > max(plan.isWhole ? 1 : 0, plan.precision * failing) else { return nil }
        let middle = rounded((passing + failing) / 2)
        return middle > passing && middle < failing ? middle : nil
    }

    private func rounded(_ load: Double) -> Double { plan.isWhole ? load.rounded(.down) : load }

    /// Whether the bracket is narrow enough.
    private var isPrecise: Bool {
        guard let highestPassing, let lowestFailing else { return false }
        return lowestFailing - highestPassing <= max(plan.isWhole ? 1 : 0, plan.precision * lowestFailing)
    }
}

extension LoadSearch {
    /// The result so far.
    package var summary: SearchSummary {
        let unit = plan.isWhole ? "users" : "rate"
        return SearchSummary(
            unit: unit, outcome: outcome, highestPassing: highestPassing, lowestFailing: lowestFailing,
            throughput: highestPassing.flatMap(throughput(at:)), probes: probes, conclusion: conclusion)
    }

    private var outcome: SearchSummary.Outcome {
        if highestPassing == nil { return lowestFailing.map { $0 <= plan.lowest } == true ? .nothingHolds : .imprecise }
        if lowestFailing == nil { return highestPassing == plan.highest ? .limitHolds : .imprecise }
        return isPrecise ? .found : .imprecise
    }

    /// The median over the trials of a load.
    private func throughput(at load: Double) -> Double? {
        let values = probes.filter { $0.load == load && $0.verdict == .passed }.map(\.throughput).sorted()
        return values.isEmpty ? nil : (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
    }

    private func words(_ load: Double) -> String {
        plan.isWhole ? "\(Int(load)) user\(load == 1 ? "" : "s")" : "\(Decimals.text(load)) arrivals a second"
    }

    private var conclusion: String {
        var text: String
        switch (outcome, highestPassing, lowestFailing) {
        case (.nothingHolds, _, let failing?): text = "The objectives are missed even at \(words(failing))."
        case (.limitHolds, let passing?, _): text = "The objectives are still met at \(words(passing)), the highest load allowed."
        case (.found, let passing?, let failing?):
            text = "The objectives are met at \(words(passing)) and missed at \(words(failing))."
        case (_, let passing?, let failing?):
            text = "After \(probes.count) trials the limit lies between \(words(passing)) and \(words(failing))."
        case (_, let passing?, nil):
            text = "After \(probes.count) trials the objectives are met at \(words(passing)); no failing load was found."
        default: text = "After \(probes.count) trials no load was found at which the objectives are met."
        }
        let unproven = probes.count { $0.verdict == .unproven }
        if unproven > 0 { text += " \(unproven) of the trials had too few requests to prove it; make them longer." }
        return text
    }
}

/// A trial of a search.
package struct SearchProbe: Codable, Sendable, Equatable {
    /// Users or arrivals a second.
    package var load: Double
    /// Its verdict.
    package var verdict: Verdict
    /// Successful responses a second.
    package var throughput: Double
    /// Its number among the trials of this load, from 1.
    package var attempt: Int

    /// Makes a probe.
    package init(load: Double, verdict: Verdict, throughput: Double, attempt: Int) {
        self.load = load
        self.verdict = verdict
        self.throughput = throughput
        self.attempt = attempt
    }
}

/// The result of a search for the highest load.
package struct SearchSummary: Codable, Sendable, Equatable {
    /// How it ended.
    package enum Outcome: String, Codable, Sendable {
        /// The limit lies between `highestPassing` and `lowestFailing`, within the precision.
        case found
        /// Even the lowest load fails.
        case nothingHolds = "nothing holds"
        /// The highest load allowed passes.
        case limitHolds = "limit holds"
        /// The trials were used up before the precision was reached.
        case imprecise
    }

    /// `users` or `rate`.
    package var unit: String
    /// How it ended.
    package var outcome: Outcome
    /// The highest load that passed; nil if none did.
    package var highestPassing: Double?
    /// The lowest load that failed; nil if none did.
    package var lowestFailing: Double?
    /// Throughput at `highestPassing`: the median of its trials.
    package var throughput: Double?
    /// All trials in order.
    package var probes: [SearchProbe]
    /// One sentence.
    package var conclusion: String
}
