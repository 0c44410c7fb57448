package import Foundation
package import LatencyHistograms
package import LoadTesting

extension IntervalLog {
    /// The tag of latencies from the real start of a request.
    package static let serviceTag = "service"
    /// The tag of latencies from the start that was intended, or corrected.
    package static let correctedTag = "corrected"

    /// A run's latencies, for each step one interval of each tag.
    package init(_ summary: LoadTestSummary) {
        let intervals = summary.steps.flatMap { step in
            let start = step.started.timeIntervalSince(summary.started)
            return [(Self.serviceTag, step.histogram), (Self.correctedTag, step.correctedHistogram)].map { tag, histogram in
                Interval(tag: tag, start: start, seconds: step.seconds, counts: BucketCounts(histogram))
            }
        }
        self.init(started: summary.started, intervals: intervals)
    }
}

extension BucketCounts {
    /// What a histogram has counted, in microseconds.
    package init(_ histogram: LatencyHistogram) {
        self.init(
            lowest: 1, highest: LatencyHistogram.longest, digits: 3,
            buckets: histogram.buckets.map { Bucket(value: $0.lowest, count: $0.count) })
    }
}

extension LatencyHistogram {
    /// A histogram of what a log holds, microseconds taken at the middle of their buckets.
    ///
    /// Counts and percentiles are those of the log to within a bucket; the mean is one of the buckets.
    package init(_ counts: BucketCounts) {
        self.init()
        let layout = BucketLayout(lowest: counts.lowest, highest: counts.highest, digits: counts.digits)
        for bucket in counts.buckets where bucket.count < 1 << 48 {
            let next = layout.map { $0.lowestValue(at: $0.index(of: bucket.value) + 1) } ?? bucket.value + 1
            record(bucket.value + (max(next, bucket.value + 1) - bucket.value - 1) / 2, times: bucket.count)
        }
    }
}
