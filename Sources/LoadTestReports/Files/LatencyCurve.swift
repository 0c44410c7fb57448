import Foundation
import LatencyHistograms
import LoadTesting

/// A histogram as the page draws it: the latency at each percentile, and how many answers fell into each of some 30 ranges.
struct LatencyCurve: Encodable {
    /// Pairs of percent and seconds.
    var service: [[Double]]
    /// The same of the corrected latencies.
    var corrected: [[Double]]
    /// Lower and upper end in seconds, and the count.
    var bins: [[Double]]

    init(_ step: StepSummary) {
        service = Self.spectrum(step.histogram)
        corrected = Self.spectrum(step.correctedHistogram)
        bins = Self.bins(step.histogram.buckets)
    }

    /// Percentiles that come ever closer to 100: with each five of them, half of what was left.
    private static func spectrum(_ histogram: LatencyHistogram) -> [[Double]] {
        guard !histogram.isEmpty else { return [] }
        var percents: [Double] = [], left = 100.0
        while left * Double(histogram.count) > 100, left > 1e-5 {
            percents += (0..<5).map { 100 - left * (1 - Double($0) / 10) }
            left /= 2
        }
        percents.append(100)
        return zip(percents, histogram.values(atPercentiles: percents)).map { [$0, Double($1) / 1e6] }
    }

    private static func bins(_ buckets: [LatencyBucket]) -> [[Double]] {
        guard let first = buckets.first, let last = buckets.last else { return [] }
        let low = Double(max(1, first.lowest)), high = Double(last.highest + 1)
        let edges = Edges(low: low, high: high, count: 30)
        var counts = [Double](repeating: 0, count: edges.count)
        for bucket in buckets { counts[edges.bin(of: Double(bucket.lowest + bucket.highest) / 2)] += Double(bucket.count) }
        return counts.enumerated().map { [edges.edge($0) / 1e6, edges.edge($0 + 1) / 1e6, $1] }
    }

    /// Equal steps, or equal factors where the largest is many times the smallest.
    private struct Edges {
        let low: Double
        let high: Double
        let count: Int
        private var isWide: Bool { high > 8 * low }

        func edge(_ index: Int) -> Double {
            let share = Double(index) / Double(count)
            return isWide ? low * pow(high / low, share) : low + (high - low) * share
        }

        func bin(of value: Double) -> Int {
            let share = isWide ? log(max(value, low) / low) / log(high / low) : (value - low) / (high - low)
            return max(0, min(count - 1, Int(share * Double(count))))
        }
    }
}
