#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many requests it takes to claim a percentile: the early-stopping bound of MLPerf's LoadGen.
///
/// If a part p of the requests keeps within the limit, the chance that t or fewer of n take longer is the binomial
/// B(t; n, 1 − p) = Σ_{i ≤ t} C(n, i) (1 − p)^i p^(n − i). When that chance is below 1 − c, "at least p keep within the limit" is proven with
/// confidence c. The requests are taken as independent; those of one burst are not quite.
package enum EarlyStopping {
    /// The default confidence of claims.
    package static let defaultConfidence = 0.95

    /// The least number of requests that proves "the `quantile` (0…1) is within the limit" when `overLimit` of them took longer.
    package static func requestsNeeded(quantile: Double, overLimit: Int, confidence: Double = defaultConfidence) -> Int {
        precondition(quantile > 0 && quantile < 1 && confidence > 0 && confidence < 1)
        // Doubling, then halving: the chance falls as the number grows.
        var low = overLimit, high = max(1, 2 * overLimit)
        while !proves(quantile: quantile, overLimit: overLimit, of: high, confidence: confidence) {
            low = high
            high *= 2
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if proves(quantile: quantile, overLimit: overLimit, of: middle, confidence: confidence) {
                high = middle
            } else {
                low = middle
            }
        }
        return high
    }

    /// Whether `overLimit` of `count` prove that the `quantile` (0…1) is within the limit.
    package static func proves(
        quantile: Double, overLimit: Int, of count: Int, confidence: Double = defaultConfidence
    ) -> Bool {
        guard overLimit < count else { return false }
        return atMost(overLimit, of: count, chance: 1 - quantile) <= 1 - confidence
    }

    /// Whether `count` requests can prove a `quantile` (0…1) at all, that is, if none took longer.
    package static func isClaimable(quantile: Double, count: Int, confidence: Double = defaultConfidence) -> Bool {
        proves(quantile: quantile, overLimit: 0, of: count, confidence: confidence)
    }

    /// The chance that of `count` independent events, each of `chance`, at most `most` happen.
    static func atMost(_ most: Int, of count: Int, chance: Double) -> Double {
        guard most < count else { return 1 }
        guard most >= 0 else { return 0 }
        // Terms fall steeply away from the mean, so start from the largest needed one and stop where they no longer matter.
        let odds = log(chance) - log1p(-chance)
        var index = most
        var term = logarithmOfTerm(index, of: count, chance: chance)
        if Double(index) > Double(count) * chance {
            // Beyond the mean the other tail is the smaller sum, and 1 minus it the more exact one.
            return 1 - above(most, of: count, chance: chance)
        }
        var sum = 0.0
        let largest = term
        while index >= 0, term > largest - 45 {
            sum += exp(term)
            term -= odds + log(Double(count - index + 1) / Double(index))
            index -= 1
        }
        return min(1, sum)
    }

    private static func above(_ most: Int, of count: Int, chance: Double) -> Double {
        let odds = log(chance) - log1p(-chance)
        var index = most + 1
        var term = logarithmOfTerm(index, of: count, chance: chance)
        var sum = 0.0
        let largest = term
        while index <= count, term > largest - 45 {
            sum += exp(term)
            term += odds + log(Double(count - index) / Double(index + 1))
            index += 1
        }
        return min(1, sum)
    }

    private static func logarithmOfTerm(_ index: Int, of count: Int, chance: Double) -> Double {
        let n = Double(count), i = Double(index)
        return lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(chance) + (n - i) * log1p(-chance)
    }
}
