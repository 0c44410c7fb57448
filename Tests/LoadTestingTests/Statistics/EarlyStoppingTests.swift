import Foundation
import LatencyHistograms
import LoadGeneration
import LoadTesting
import Testing

struct EarlyStoppingTests {
    struct Row: Sendable {
        let overLimit: Int
        /// P90, P95 and P99, each with 95 % and 99 % confidence.
        let needed: [Int]
    }

    // The least numbers of queries by which MLPerf's LoadGen stops early; 662 is in its own configuration.
    static let rows = [
        Row(overLimit: 0, needed: [29, 44, 59, 90, 299, 459]), Row(overLimit: 1, needed: [46, 64, 93, 130, 473, 662]),
        Row(overLimit: 2, needed: [61, 81, 124, 165, 628, 838]), Row(overLimit: 5, needed: [103, 127, 208, 259, 1049, 1307]),
        Row(overLimit: 10, needed: [167, 197, 336, 398, 1693, 2010]),
    ]

    @Test(arguments: rows) func `a percentile is proven by the number of requests that MLPerf requires`(row: Row) {
        let needed = [0.90, 0.95, 0.99].flatMap { quantile in
            [0.95, 0.99].map { EarlyStopping.requestsNeeded(quantile: quantile, overLimit: row.overLimit, confidence: $0) }
        }
        #expect(needed == row.needed)
    }

    /// The binomial distribution as it is defined, every term of it, in long multiplication.
    private func directSum(_ most: Int, _ count: Int, _ chance: Double) -> Double {
        var sum = 0.0
        for hits in 0...min(most, count) {
            var term = 1.0
            for index in 0..<hits { term *= Double(count - index) / Double(hits - index) * chance }
            sum += term * pow(1 - chance, Double(count - hits))
        }
        return sum
    }

    @Test func `the bound is the binomial sum`() {
        for count in [1, 5, 29, 60, 93, 250] {
            for overLimit in [0, 1, 3, 10] where overLimit < count {
                for quantile in [0.5, 0.9, 0.95, 0.99] {
                    let chance = directSum(overLimit, count, 1 - quantile)
                    guard abs(chance - 0.05) > 1e-9 else { continue }
                    #expect(
                        EarlyStopping.proves(quantile: quantile, overLimit: overLimit, of: count) == (chance <= 0.05),
                        "\(overLimit) of \(count) at \(quantile): \(chance)")
                }
            }
        }
    }

    @Test func `one request fewer does not prove it`() {
        for overLimit in [0, 3, 50, 1000] {
            let needed = EarlyStopping.requestsNeeded(quantile: 0.95, overLimit: overLimit)
            #expect(EarlyStopping.proves(quantile: 0.95, overLimit: overLimit, of: needed))
            #expect(!EarlyStopping.proves(quantile: 0.95, overLimit: overLimit, of: needed - 1))
        }
    }

    @Test func `a long soak's numbers fit`() {
        #expect(EarlyStopping.proves(quantile: 0.99, overLimit: 99_000, of: 10_000_000))
        #expect(!EarlyStopping.proves(quantile: 0.99, overLimit: 100_000, of: 10_000_000))
        #expect(!EarlyStopping.proves(quantile: 0.99, overLimit: 5, of: 5))
        #expect(!EarlyStopping.proves(quantile: 0.5, overLimit: 0, of: 0))
    }

    @Test func `the intervals of percentiles contain the true one 19 times in 20`() throws {
        var random = SeededRandom(seed: 11)
        var held = [50.0: 0, 90: 0, 95: 0]
        let rounds = 400
        for _ in 0..<rounds {
            var histogram = LatencyHistogram()
            for _ in 0..<300 { histogram.record(UInt64(random.unit() * 1_000_000)) }
            let summary = LatencySummary(histogram)
            for percent in held.keys {
                let row = try #require(summary.percentile(percent))
                let lower = try #require(row.lower), upper = try #require(row.upper)
                if lower <= percent / 100 * 1.001, upper >= percent / 100 * 0.999 { held[percent, default: 0] += 1 }
            }
        }
        for (percent, count) in held {
            #expect(Double(count) / Double(rounds) > 0.92, "P\(percent): \(count) of \(rounds)")
            #expect(Double(count) / Double(rounds) < 0.995, "P\(percent): \(count) of \(rounds)")
        }
    }

    @Test func `a percentile is claimable from the number of requests that prove it when none exceeds the limit`() throws {
        for (count, isClaimable) in [(58, false), (59, true)] {
            var histogram = LatencyHistogram()
            for value in 1...count { histogram.record(UInt64(value)) }
            #expect(try #require(LatencySummary(histogram).percentile(95)).claimable == isClaimable)
        }
    }

    @Test func `an interval's end without enough requests is left out`() throws {
        var histogram = LatencyHistogram()
        for value in 1...20 { histogram.record(UInt64(value)) }
        let summary = LatencySummary(histogram)
        #expect(summary.percentile(99)?.upper == nil)
        #expect(summary.percentile(50)?.lower == 6e-6 && summary.percentile(50)?.upper == 15e-6)
    }
}
