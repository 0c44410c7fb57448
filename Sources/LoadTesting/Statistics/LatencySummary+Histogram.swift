package import LatencyHistograms

extension LatencySummary {
    /// Reads the figures out of a histogram.
    ///
    /// `inflation` ≥ 1 is how much more the requests vary from batch to batch than independent ones would (`BatchMeans.inflation`), for the
    /// percentile in question; intervals are widened by it.
    package init(_ histogram: LatencyHistogram, inflation: (Double) -> Double = { _ in 1 }) {
        count = histogram.count
        mean = histogram.mean / 1e6
        minimum = Double(histogram.shortest) / 1e6
        maximum = Double(histogram.maximum) / 1e6
        guard count > 0 else {
            percentiles = []
            return
        }
        let count = count
        let ranks = Self.percents.map { OrderStatistics.interval(quantile: $0 / 100, count: count, inflation: inflation($0)) }
        let asked = Self.percents + ranks.flatMap { [$0.lower, $0.upper].compactMap(\.self) }.map { 100 * $0 }
        let sorted = Set(asked).sorted()
        let values = Dictionary(uniqueKeysWithValues: zip(sorted, histogram.values(atPercentiles: sorted)))
        func seconds(_ percent: Double?) -> Double? { percent.flatMap { values[$0] }.map { Double($0) / 1e6 } }
        percentiles = zip(Self.percents, ranks).map { percent, rank in
            Percentile(
                percent: percent, seconds: seconds(percent) ?? 0,
                claimable: EarlyStopping.isClaimable(quantile: percent / 100, count: count),
                lower: seconds(rank.lower.map { 100 * $0 }), upper: seconds(rank.upper.map { 100 * $0 }))
        }
    }
}
