/// How to search for the highest load.
package struct LoadSearchPlan: Sendable, Equatable {
    /// The first load that is tried.
    package var start: Double
    /// Nothing below is tried.
    package var lowest: Double
    /// Nothing above is tried.
    package var highest: Double
    /// The search ends when what holds and what does not are so near: a part of the latter.
    package var precision: Double
    /// Loads are whole numbers (users).
    package var isWhole: Bool
    /// A load is tried up to so many times; the majority decides.
    package var repeats: Int
    /// After so many tries it ends, precise or not.
    package var maximumProbes: Int

    /// Makes a plan; values that make no sense are moved to the nearest that do.
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

/// The search for the highest load at which the objectives hold, as a value: `next` says what to try, `record` takes what came of it.
///
/// Bracketing: from the start the load is doubled until one does not hold (or halved until one does). Bisection: then the middle of
/// what holds and what does not, until they are near enough. One try may err, so each load is decided by the majority of its repeats;
/// a load where there were too few requests to prove it counts as one that does not hold.
package struct LoadSearch: Sendable {
    /// How it searches.
    package let plan: LoadSearchPlan
    /// What was tried.
    package private(set) var probes: [SearchProbe] = []
    /// The highest load that held.
    package private(set) var highestPassing: Double?
    /// The lowest that did not.
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

    /// The load `next` was tried, with this result.
    package mutating func record(_ verdict: Verdict, throughput: Double) {
        guard let load = next else { return }
        if verdict == .passed { holds += 1 } else { misses += 1 }
        probes.append(SearchProbe(load: load, verdict: verdict, throughput: throughput, attempt: holds + misses))
        let majority = plan.repeats / 2 + 1
        if holds >= majority || misses > plan.repeats - majority { decide(load, holds: holds >= majority) }
        if probes.count >= plan.maximumProbes { next = nil }
    }

    /// Tries loads until the search ends. `probe` puts the load on and returns the verdict and the throughput.
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

    /// Whether what holds and what does not are near enough.
    private var isPrecise: Bool {
        guard let highestPassing, let lowestFailing else { return false }
        return lowestFailing - highestPassing <= max(plan.isWhole ? 1 : 0, plan.precision * lowestFailing)
    }
}

extension LoadSearch {
    /// What has been found so far.
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

    /// The median over the tries at a load.
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

/// One load that a search tried.
package struct SearchProbe: Codable, Sendable, Equatable {
    /// Users or arrivals a second.
    package var load: Double
    /// What came of it.
    package var verdict: Verdict
    /// Answers a second.
    package var throughput: Double
    /// Which of its repeats, from 1.
    package var attempt: Int

    /// Makes a probe.
    package init(load: Double, verdict: Verdict, throughput: Double, attempt: Int) {
        self.load = load
        self.verdict = verdict
        self.throughput = throughput
        self.attempt = attempt
    }
}

/// What a search for the highest load found.
package struct SearchSummary: Codable, Sendable, Equatable {
    /// How it ended.
    package enum Outcome: String, Codable, Sendable {
        /// The highest load that holds lies between `highestPassing` and `lowestFailing`, within the precision.
        case found
        /// Even the lightest load does not hold.
        case nothingHolds = "nothing holds"
        /// The highest load that was allowed holds.
        case limitHolds = "limit holds"
        /// It ran out of probes before it was precise enough.
        case imprecise
    }

    /// `users` or `rate`.
    package var unit: String
    /// How it ended.
    package var outcome: Outcome
    /// The highest load that holds; nil if none does.
    package var highestPassing: Double?
    /// The lowest load that does not; nil if all do.
    package var lowestFailing: Double?
    /// Throughput at `highestPassing`: the median of its repeats.
    package var throughput: Double?
    /// Everything that was tried, in order.
    package var probes: [SearchProbe]
    /// One sentence.
    package var conclusion: String
}
