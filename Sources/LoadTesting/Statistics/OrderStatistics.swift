/// Confidence intervals of percentiles that assume no distribution: how many of n requests lie below the true percentile is binomial, so two ranks
/// of the sorted requests enclose it.
enum OrderStatistics {
    /// Quantiles (0…1) of the sample between which the true `quantile` lies with 95 % confidence; an end is nil where no request lies
    /// far enough out. `inflation` is how many requests count as much as one independent one.
    static func interval(
        quantile: Double, count: Int, inflation: Double = 1
    ) -> (lower: Double?, upper: Double?) {
        let effective = max(1, Int((Double(count) / max(1, inflation)).rounded(.down)))
        let n = Double(effective)
        // The r-th of n is above the quantile with the chance that fewer than r lie below it.
        let lower = lastRank(in: effective) { EarlyStopping.atMost($0 - 1, of: effective, chance: quantile) <= 0.025 }
        let upper = lastRank(in: effective) { EarlyStopping.atMost($0 - 1, of: effective, chance: quantile) < 0.975 } + 1
        return (lower >= 1 ? Double(lower) / n : nil, upper <= effective ? Double(upper) / n : nil)
    }

    /// The last rank in 1…`count` for which `holds`, which holds up to some rank and no further; 0 if for none.
    private static func lastRank(in count: Int, _ holds: (Int) -> Bool) -> Int {
        var low = 0, high = count + 1
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return low
    }
}
