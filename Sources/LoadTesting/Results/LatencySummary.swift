package import LatencyHistograms

/// The figures of a latency histogram, in seconds.
package struct LatencySummary: Codable, Sendable, Equatable {
    /// One percentile.
    package struct Percentile: Codable, Sendable, Equatable {
        /// 0…100.
        package var percent: Double
        /// The latency that this percentage does not exceed.
        package var seconds: Double
        /// Whether there were enough requests to claim it: with 95 % confidence the true percentile is at most `upper`.
        package var claimable: Bool
        /// Ends of the 95 % confidence interval; nil where there were too few requests for that end.
        package var lower: Double?
        /// See `lower`.
        package var upper: Double?
    }

    /// The reported percentiles.
    package static let percents: [Double] = [50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99]

    /// The number of requests.
    package var count: Int
    /// The exact mean.
    package var mean: Double
    /// The shortest.
    package var minimum: Double
    /// The longest.
    package var maximum: Double
    /// In rising order of `percent`; empty without requests.
    package var percentiles: [Percentile]

    /// A percentile; nil if it is not reported.
    package func percentile(_ percent: Double) -> Percentile? {
        percentiles.first { $0.percent == percent }
    }

    /// Seconds of a percentile; nil without requests.
    package func seconds(_ percent: Double) -> Double? { percentile(percent)?.seconds }
}

extension LatencySummary {
    /// The figures of a histogram.
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
