import Foundation
import LatencyHistograms
import LoadGeneration
import LoadTestReports
import LoadTesting
import Testing

/// The log format of HdrHistogram, written and read.
struct HistogramLogTests {
    /// What Python's `hdrhistogram` 0.10.3 encodes of 2 × 1, 3 × 999, 1 × 2047, 1 × 2048, 5 × 680000 and 1 × 3599999999 with three digits.
    private static let foreign = "HISTFAAAADB4nJNpmSzMwMAgyAABzFCaEURcm7yEwf4DVIDlJD/bWgEmprstjFytxxiZAMZzCPY="
    private static let recorded: [(UInt64, UInt64)] = [(1, 2), (999, 3), (2047, 1), (2048, 1), (680_000, 5), (3_599_999_999, 1)]

    private func counts(_ pairs: [(UInt64, UInt64)] = recorded) -> BucketCounts {
        BucketCounts(
            lowest: 1, highest: 3_600_000_000, digits: 3, buckets: pairs.map { BucketCounts.Bucket(value: $0.0, count: $0.1) })
    }

    @Test func `another library's histogram is read`() throws {
        let read = try BucketCounts(encoded: Self.foreign)
        #expect(read.lowest == 1 && read.highest == 3_600_000_000 && read.digits == 3)
        #expect(read.buckets.map(\.count) == Self.recorded.map(\.1))
        for (bucket, value) in zip(read.buckets, Self.recorded.map(\.0)) {
            #expect(bucket.value <= value && Double(value - bucket.value) <= Double(value) / 1000)
        }
    }

    @Test func `what is written is read again, also by bytes of any number of zeros between`() throws {
        var random = SeededRandom(seed: 3)
        for size in [0, 1, 2, 40, 500] {
            var histogram = LatencyHistogram()
            for _ in 0..<size { histogram.record(UInt64(exp(random.unit() * 21)), times: UInt64(1 + random.unit() * 1e6)) }
            let counts = BucketCounts(histogram)
            #expect(try BucketCounts(encoded: counts.encoded()) == counts)
        }
    }

    @Test func `percentiles outlive the way through a log`() throws {
        var histogram = LatencyHistogram()
        for value in 1...20_000 { histogram.record(UInt64(value * 37)) }
        let back = LatencyHistogram(try BucketCounts(encoded: BucketCounts(histogram).encoded()))
        #expect(back.count == histogram.count)
        #expect(back.values(atPercentiles: [50, 99, 99.9]) == histogram.values(atPercentiles: [50, 99, 99.9]))
        #expect(abs(back.mean / histogram.mean - 1) < 0.001)
    }

    @Test func `a log has an interval for each step and kind, and is read as it was written`() throws {
        let summary = MadeUpRun(users: [5, 10], secondsPerStep: 10).summary
        let log = IntervalLog(summary)
        #expect(log.intervals.map(\.tag) == ["service", "corrected", "service", "corrected"])
        #expect(log.intervals[2].start == summary.steps[1].started.timeIntervalSince(summary.started))
        let text = try log.text()
        #expect(text.hasPrefix("#[Histogram log format version 1.3]\n"))
        #expect(text.contains("\nTag=service,4.000,10.000,"))
        #expect(try IntervalLog(reading: text) == log)
    }

    @Test func `a log of another program, without tags and with Windows' line ends, is read`() throws {
        let text = """
            #[Logged with jHiccup version 2.0.7]\r
            #[Histogram log format version 1.3]\r
            #[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 08:24:39 PDT 2015]\r
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\r
            1441812280.474,1.007,2.769,\(Self.foreign)\r
            Tag=A,1441812281.474,0.996,2.769,\(Self.foreign)\r
            """
        let log = try IntervalLog(reading: text)
        #expect(log.intervals.map(\.tag) == [nil, "A"])
        #expect(log.intervals.map { ($0.start * 1000).rounded() } == [1000, 2000])
        #expect(log.started == Date(timeIntervalSince1970: 1_441_812_279.474))
    }

    @Test(arguments: [
        ("0,1,2", "it has 3 fields where 4 are wanted"), ("a,1,2,HISTFAAA", "its times are no numbers"),
        ("0,-1,2,x", "its times are no numbers"),
        ("0,1,2,&&&", "no base64"), ("0,1,2,AAAAAAAAAAAAAAAA", "a format other than V2"),
        ("0,1,2,HISTFAAAADB4nJNpmSzMwMAg", "cut short"),
    ])
    func `a damaged line is named`(line: String, says: String) throws {
        let error = #expect(throws: IntervalLogError.self) { try IntervalLog(reading: "#[x]\n\(line)\n") }
        #expect(error?.description.hasPrefix("Line 2 of the HdrHistogram log") == true)
        #expect(error?.description.contains(says) == true)
    }

    @Test func `no damaged byte crashes it`() throws {
        let good = Array(Data(base64Encoded: Self.foreign) ?? Data())
        for index in good.indices {
            for flip: UInt8 in [0x01, 0x80, 0xFF] {
                var bytes = good
                bytes[index] ^= flip
                _ = try? BucketCounts(encoded: Data(bytes).base64EncodedString())
            }
            _ = try? BucketCounts(encoded: Data(good.prefix(index)).base64EncodedString())
        }
    }

    @Test func `a histogram with an invalid range is not written`() {
        for wrong in [
            BucketCounts(lowest: 0, highest: 100, digits: 3, buckets: []),
            BucketCounts(lowest: 1, highest: 1, digits: 3, buckets: []),
            BucketCounts(lowest: 1, highest: 1000, digits: 6, buckets: []),
            BucketCounts(lowest: 1, highest: 1000, digits: 3, buckets: [.init(value: 2000, count: 1)]),
        ] {
            #expect(throws: IntervalLogError.self) { try wrong.encoded() }
        }
    }
}
