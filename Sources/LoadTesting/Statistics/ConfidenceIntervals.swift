/// Confidence from batches: a step is cut into stretches of equal length, whose figures vary as the step's own would from repeat to repeat.
///
/// Neighbouring requests wait in the same queue and are not independent, so an interval for independent samples would be too narrow.
/// Batches much longer than a request are nearly independent.
package enum BatchMeans {
    /// With fewer batches nothing is claimed.
    package static let fewest = 5

    /// The 95 % confidence interval of the mean of `values`, one of each batch (or repeat); nil with fewer than `fewest`.
    package static func interval(_ values: [Double]) -> ConfidenceInterval? {
        guard values.count >= fewest else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let half = studentFactor(degrees: values.count - 1) * (variance / n).squareRoot()
        return ConfidenceInterval(lower: mean - half, upper: mean + half)
    }

    /// How much more the part of requests above a percentile varies from batch to batch than it would if all were independent; at least 1.
    ///
    /// `batches` holds for each batch how many requests it had and how many took longer than the percentile of all.
    package static func inflation(quantile: Double, batches: [(count: Int, above: Int)]) -> Double {
        let used = batches.filter { $0.count > 0 }
        guard used.count >= fewest else { return 1 }
        let expected = 1 - quantile
        // Each batch's squared deviation over its variance if independent: 1 on average.
        let ratios = used.map { batch in
            let deviation = Double(batch.above) - Double(batch.count) * expected
            return deviation * deviation / (Double(batch.count) * expected * (1 - expected))
        }
        return max(1, ratios.reduce(0, +) / Double(used.count - 1))
    }

    /// Student's t for a two-sided 95 % interval (Cornish and Fisher's expansion; within 0.3 % from 4 degrees of freedom on).
    static func studentFactor(degrees: Int) -> Double {
        let z = 1.959963984540054, v = Double(degrees)
        let z2 = z * z
        let first = z * (z2 + 1) / 4
        let second = z * (5 * z2 * z2 + 16 * z2 + 3) / 96
        let third = z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / 384
        return z + first / v + second / (v * v) + third / (v * v * v)
    }
}

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
