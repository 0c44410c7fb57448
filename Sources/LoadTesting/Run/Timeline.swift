import LatencyHistograms
import LoadGeneration

/// The run second by second for charts, in memory that does not grow with its length: when there are too many points, neighbours are
/// joined and from then on a point covers twice the time. Percentiles of joined points are read from joined histograms.
struct Timeline: Sendable {
    /// Ten minutes by the second.
    static let mostPoints = 600

    private struct Entry: Sendable {
        var point: TimelinePoint
        var answers: CoarseLatencies
        var all: CoarseLatencies
    }

    private var entries: [Entry] = []
    /// Seconds that a point covers now, about.
    private(set) var resolution = 1.0

    var points: [TimelinePoint] { entries.map(\.point) }

    /// Adds what happened in a second or less; `counts` is what the point was made of.
    mutating func add(_ point: TimelinePoint, counts: WindowCounts) {
        let answers = CoarseLatencies(counts.requests.map(\.service))
        let all = CoarseLatencies(counts.requests.flatMap { [$0.service, $0.otherService] })
        let entry = Entry(point: point, answers: answers, all: all)
        if let last = entries.last, last.point.step == point.step, last.point.seconds + point.seconds <= resolution * 1.01 {
            entries[entries.count - 1] = Self.joined(last, entry)
        } else {
            entries.append(entry)
        }
        if entries.count > Self.mostPoints { coarsen() }
    }

    private mutating func coarsen() {
        resolution *= 2
        entries = entries.reduce(into: []) { joined, entry in
            guard let last = joined.last, last.point.step == entry.point.step,
                last.point.seconds + entry.point.seconds <= resolution * 1.01
            else { return joined.append(entry) }
            joined[joined.count - 1] = Self.joined(last, entry)
        }
    }

    private static func joined(_ first: Entry, _ second: Entry) -> Entry {
        var entry = second
        entry.answers.merge(first.answers)
        entry.all.merge(first.all)
        entry.point = first.point.joined(with: second.point)
        entry.point.mean = entry.answers.mean
        let values = entry.answers.percentiles([50, 95, 99])
        if let values { (entry.point.p50, entry.point.p95, entry.point.p99) = (values[0], values[1], values[2]) }
        entry.point.meanOfAll = entry.all.mean
        entry.point.percentiles = entry.all.percentiles(LatencySummary.percents)
        return entry
    }
}

/// Service times in buckets of about one percent: enough for a chart's points, and small, since a long run keeps many of these.
struct CoarseLatencies: Sendable {
    private struct Bucket: Sendable {
        /// Microseconds with their lower digits left out.
        var value: UInt32
        var count: UInt32
    }

    /// The smallest value first.
    private var buckets: [Bucket] = []
    private var count = 0
    /// Sum in microseconds, exact.
    private var total = 0.0

    init(_ histograms: [LatencyHistogram]) {
        for histogram in histograms where !histogram.isEmpty {
            total += histogram.mean * Double(histogram.count)
            count += histogram.count
            merge(histogram.buckets.map { Bucket(value: Self.rounded($0.lowest), count: UInt32(clamping: $0.count)) })
        }
    }

    mutating func merge(_ other: CoarseLatencies) {
        merge(other.buckets)
        count += other.count
        total += other.total
    }

    private mutating func merge(_ others: [Bucket]) {
        buckets = (buckets + others).sorted { $0.value < $1.value }.reduce(into: []) { joined, next in
            guard let last = joined.last, last.value == next.value else { return joined.append(next) }
            joined[joined.count - 1].count = UInt32(clamping: UInt64(last.count) + UInt64(next.count))
        }
    }

    /// In seconds; nil without any.
    var mean: Double? { count > 0 ? total / Double(count) / 1e6 : nil }

    /// Rising percentiles in seconds; nil without any.
    func percentiles(_ percents: [Double]) -> [Double]? {
        guard count > 0 else { return nil }
        var values: [Double] = [], index = 0, seen = 0
        for percent in percents {
            let rank = (Double(count) * percent / 100).rounded(.up)
            while index < buckets.count - 1, Double(seen + Int(buckets[index].count)) < rank {
                seen += Int(buckets[index].count)
                index += 1
            }
            values.append(Double(buckets[index].value) / 1e6)
        }
        return values
    }

    /// Seven binary digits are kept.
    private static func rounded(_ microseconds: UInt64) -> UInt32 {
        let shift = max(0, UInt64.bitWidth - microseconds.leadingZeroBitCount - 7)
        let lowered = (microseconds >> shift) << shift
        return UInt32(clamping: lowered + (shift > 0 ? 1 << (shift - 1) : 0))
    }
}

extension TimelinePoint {
    /// This point and the next as one; its percentiles are the next one's and must be set anew.
    fileprivate func joined(with next: TimelinePoint) -> TimelinePoint {
        func mean(_ first: Double?, _ second: Double?) -> Double? {
            guard let first, let second else { return second ?? first }
            return (first * seconds + second * next.seconds) / (seconds + next.seconds)
        }
        var point = next
        point.seconds += seconds
        point.counts.started += counts.started
        point.counts.succeeded += counts.succeeded
        point.counts.queued += counts.queued
        point.counts.failed += counts.failed
        point.counts.dropped += counts.dropped
        point.minimum = [minimum, next.minimum].compactMap(\.self).min()
        point.maximum = [maximum, next.maximum].compactMap(\.self).max()
        if let bytesReceived { point.bytesReceived = (next.bytesReceived ?? 0) + bytesReceived }
        point.cpuPercent = mean(cpuPercent, next.cpuPercent)
        point.residentBytes = mean(residentBytes, next.residentBytes)
        point.threads = mean(threads, next.threads)
        point.descriptors = mean(descriptors, next.descriptors)
        point.queueLength = mean(queueLength, next.queueLength)
        point.generatorCpuPercent = mean(generatorCpuPercent, next.generatorCpuPercent)
        point.lag = [lag, next.lag].compactMap(\.self).max()
        return point
    }
}
