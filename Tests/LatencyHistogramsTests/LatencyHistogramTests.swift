import Foundation
import LatencyHistograms
import LoadGeneration
import LoadTestFixtures
import Testing

struct LatencyHistogramTests {
    private func samples(_ count: Int, seed: UInt64) -> [UInt64] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in random.microseconds() }
    }

    private func histogram(_ values: [UInt64]) -> LatencyHistogram {
        values.reduce(into: LatencyHistogram()) { $0.record($1) }
    }

    @Test(arguments: [1, 2, 3, 10, 59, 1000, 5000]) func `percentiles are those of the sorted values, within a thousandth`(
        count: Int
    ) {
        let values = samples(count, seed: UInt64(count)).sorted(), counted = histogram(values)
        for percent in [0.1, 1, 25, 50, 66, 75, 90, 95, 99, 99.9, 100] {
            let rank = max(1, Int((Double(count) * percent / 100 - 1e-9).rounded(.up)))
            let exact = Double(values[rank - 1]), read = Double(counted.value(atPercentile: percent) ?? 0)
            #expect(abs(read - exact) <= max(1, exact * 0.001), "P\(percent) of \(count): \(read) for \(exact)")
        }
    }

    @Test func `mean, shortest, longest and count are exact`() {
        let values = samples(777, seed: 1), counted = histogram(values)
        #expect(counted.count == 777)
        #expect(counted.mean == Double(values.reduce(0, +)) / 777)
        #expect(counted.shortest == values.min())
        #expect(counted.maximum == values.max())
    }

    @Test func `several percentiles at once are the same as one by one`() {
        let counted = histogram(samples(1234, seed: 2)), percents = [50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99]
        #expect(counted.values(atPercentiles: percents) == percents.map { counted.value(atPercentile: $0) })
    }

    @Test func `an empty histogram has no percentile`() {
        let empty = LatencyHistogram()
        #expect(empty.isEmpty && empty.count == 0 && empty.mean == 0 && empty.buckets.isEmpty)
        #expect(empty.value(atPercentile: 50) == nil)
        #expect(empty.count(above: 0) == 0)
        #expect(empty.corrected(expectedInterval: 10).isEmpty)
    }

    @Test func `joined histograms are the histogram of all values`() {
        let parts = (0..<5).map { samples(200, seed: 10 + $0) }
        var joined = LatencyHistogram()
        for part in parts { joined.merge(histogram(part)) }
        let whole = histogram(parts.flatMap(\.self))
        #expect(joined.buckets == whole.buckets && joined.total == whole.total && joined.maximum == whole.maximum)
        joined.merge(LatencyHistogram())
        #expect(joined.count == 1000)
    }

    @Test func `durations above an hour count as an hour and as clipped`() {
        var counted = LatencyHistogram()
        counted.record(LatencyHistogram.longest)
        counted.record(LatencyHistogram.longest + 1, times: 3)
        counted.record(.max)
        #expect(counted.count == 5 && counted.clipped == 4 && counted.maximum == LatencyHistogram.longest)
        #expect(counted.mean == Double(LatencyHistogram.longest))
    }

    @Test func `zero is a valid duration`() {
        var counted = LatencyHistogram()
        counted.record(0)
        #expect(counted.count == 1 && counted.shortest == 0 && counted.value(atPercentile: 99) == 0)
        #expect(counted.buckets.map(\.highest) == [0])
    }

    @Test func `the count above a limit is exact to within a bucket`() {
        let values = samples(3000, seed: 3), counted = histogram(values)
        for limit: UInt64 in [1, 100, 2047, 2048, 50_000, 1_000_000, 3_599_999_999] {
            let least = values.count { Double($0) > Double(limit) * 1.001 + 1 }, most = values.count { $0 > limit }
            #expect((least...most).contains(counted.count(above: limit)))
        }
    }

    @Test func `a histogram survives a round trip through JSON`() throws {
        for values in [[], [0], [7], [5, 5, 5], [2_000_001, 2_000_002], samples(2500, seed: 4) + [.max]] {
            let counted = histogram(values)
            let read = try JSONDecoder().decode(LatencyHistogram.self, from: JSONEncoder().encode(counted))
            #expect(read.buckets == counted.buckets && read.total == counted.total && read.clipped == counted.clipped)
            #expect(read.shortest == counted.shortest && read.maximum == counted.maximum)
            #expect(read.value(atPercentile: 95) == counted.value(atPercentile: 95))
        }
    }

    @Test(arguments: [
        #"{"count":1,"total":1,"minimum":1,"maximum":1,"clipped":0,"buckets":[[1]]}"#,
        #"{"count":1,"total":1,"minimum":1,"maximum":1,"clipped":0,"buckets":[[3600000001,1]]}"#,
        #"{"count":1,"total":1,"minimum":1,"maximum":1,"clipped":0,"buckets":[[1,18446744073709551615]]}"#,
        #"{"count":1,"total":1,"minimum":1,"maximum":1,"clipped":0,"buckets":[[1,-1]]}"#,
        #"{"count":2,"total":1,"minimum":1,"maximum":1,"clipped":0,"buckets":[[1,1]]}"#,
        #"{"count":1,"total":1,"minimum":1,"maximum":1,"clipped":0}"#,
    ])
    func `JSON that is not a histogram is refused`(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(LatencyHistogram.self, from: Data(text.utf8)) }
    }

    /// HdrHistogram's own rule, one missing request at a time.
    private func plainCorrection(_ values: [UInt64], _ interval: UInt64) -> [UInt64] {
        values.flatMap { value in
            guard value > interval else { return [value] }
            var filled = [value], missing = value - interval
            while missing >= interval {
                filled.append(missing)
                missing -= interval
            }
            return filled
        }
    }

    @Test(arguments: [1, 17, 1000, 4096, 100_000]) func `the correction adds what HdrHistogram's rule adds`(interval: UInt64) {
        var random = SeededRandom(seed: interval)
        // Values whose buckets are exact, so that both see the same ones.
        let values = (0..<40).map { _ in UInt64.random(in: 1...2000, using: &random) * (interval > 1 ? max(1, interval / 100) : 1)
        }
        let corrected = histogram(values).corrected(expectedInterval: interval)
        let plain = histogram(plainCorrection(values, interval))
        #expect(abs(Double(corrected.count) - Double(plain.count)) <= 0.002 * Double(plain.count) + 1)
        for percent in [5.0, 25, 50, 75, 95, 99] {
            let one = Double(corrected.value(atPercentile: percent) ?? 0), other = Double(plain.value(atPercentile: percent) ?? 0)
            #expect(abs(one - other) <= max(2, 0.004 * other), "P\(percent): \(one) and \(other)")
        }
    }

    @Test func `a stall of an hour is corrected without counting a billion requests one by one`() {
        var counted = histogram(Array(repeating: 50, count: 1000))
        counted.record(LatencyHistogram.longest)
        let corrected = counted.corrected(expectedInterval: 50)
        #expect(abs(Double(corrected.count) - 72e6) < 1e5)
        #expect((corrected.value(atPercentile: 50) ?? 0) > 1_790_000_000)
    }
}
