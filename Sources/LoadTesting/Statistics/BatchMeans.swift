/// Confidence from batches: a step is cut into stretches of equal length, whose figures vary as the step's own would from repeat to repeat.
///
/// Neighbouring requests wait in the same queue and are not independent, so what a formula for independent samples says is too narrow.
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
