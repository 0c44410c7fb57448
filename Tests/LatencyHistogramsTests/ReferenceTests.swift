import Histogram
import LatencyHistograms
import LoadGeneration
import LoadTestFixtures
import Testing

/// The histogram beside HdrHistogram's own package: the same buckets, counts and percentiles.
struct ReferenceTests {
    @Test(arguments: [1, 10, 1_000, 20_000]) func `it reads what HdrHistogram reads`(count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        var own = LatencyHistogram()
        var reference = Histogram<UInt64>(
            lowestDiscernibleValue: 1, highestTrackableValue: LatencyHistogram.longest, numberOfSignificantValueDigits: .three)
        for _ in 0..<count {
            let value = random.microseconds()
            own.record(value)
            reference.record(value)
        }
        for percentile in [0, 0.1, 1, 25, 50, 66, 90, 95, 99, 99.9, 99.99, 100] {
            #expect(own.value(atPercentile: percentile) == reference.valueAtPercentile(percentile), "P\(percentile)")
        }
        #expect(own.buckets.map(\.count) == reference.recordedValues().map(\.count))
        #expect(own.buckets.map(\.highest) == reference.recordedValues().map { reference.highestEquivalentForValue($0.value) })
        for limit: UInt64 in [1, 2_047, 2_048, 1_000_000] {
            #expect(UInt64(own.count(above: limit)) == reference.totalCount - reference.count(within: 0...limit))
        }
    }

    @Test func `the compact layout is within 1.6 % at the middle of its buckets, in at most 832 of them`() {
        #expect(BucketLayout.compact.length == 832)
        var random = SeededRandom(seed: 4)
        for _ in 0..<10_000 {
            let value = 1 + random.next() % BucketLayout.compact.highest
            var histogram = LatencyHistogram(layout: .compact)
            histogram.record(value)
            let read = (histogram.bucket(atPercentile: 50)?.middleSeconds ?? 0) * 1e6
            #expect(abs(read - Double(value)) <= max(0.5, 0.016 * Double(value)))
        }
    }

    @Test func `seconds are recorded, NaN is not, and what is below 0 counts as 0`() {
        var histogram = LatencyHistogram(layout: .compact)
        for seconds in [0.25, -.infinity, -1, .infinity, 1e9] { histogram.record(seconds: seconds) }
        histogram.record(seconds: .nan)
        #expect(histogram.count == 5 && histogram.shortest == 0 && histogram.maximum == BucketLayout.compact.highest)
    }
}
