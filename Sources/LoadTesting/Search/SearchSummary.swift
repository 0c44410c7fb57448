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
