/// What a histogram says, in seconds.
package struct LatencySummary: Codable, Sendable, Equatable {
    /// One percentile.
    package struct Percentile: Codable, Sendable, Equatable {
        /// 0…100.
        package var percent: Double
        /// So many percent took no longer.
        package var seconds: Double
        /// Whether there were enough requests to say so: with 95 % confidence the true percentile is no more than `upper`.
        package var claimable: Bool
        /// Ends of the 95 % confidence interval; nil where there were too few requests for that end.
        package var lower: Double?
        /// See `lower`.
        package var upper: Double?
    }

    /// The percentiles that are told.
    package static let percents: [Double] = [50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99]

    /// How many requests it tells of.
    package var count: Int
    /// The exact mean.
    package var mean: Double
    /// The shortest.
    package var minimum: Double
    /// The longest.
    package var maximum: Double
    /// In rising order of `percent`; empty without requests.
    package var percentiles: [Percentile]

    /// The percentile in question; nil if it is not told.
    package func percentile(_ percent: Double) -> Percentile? {
        percentiles.first { $0.percent == percent }
    }

    /// Seconds of a percentile; nil without requests.
    package func seconds(_ percent: Double) -> Double? { percentile(percent)?.seconds }
}
