/// The run second by second for charts, in memory that does not grow with its length: when there are too many points, neighbours are
/// joined and from then on a point covers twice the time. Percentiles of joined points are read from joined histograms.
struct Timeline: Sendable {
    /// Twenty minutes by the second.
    static let mostPoints = 1_200

    private struct Entry: Sendable {
        var point: TimelinePoint
        var latencies: CoarseLatencies
    }

    private var entries: [Entry] = []
    /// Seconds that a point covers now, about.
    private(set) var resolution = 1.0

    var points: [TimelinePoint] { entries.map(\.point) }

    /// Adds what happened in a second or less; `counts` is what the point was made of.
    mutating func add(_ point: TimelinePoint, counts: WindowCounts) {
        let entry = Entry(point: point, latencies: CoarseLatencies(counts))
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
        entry.latencies.merge(first.latencies)
        entry.point = first.point.joined(with: second.point)
        (entry.point.mean, entry.point.p50, entry.point.p95, entry.point.p99) = entry.latencies.figures
        return entry
    }
}

/// Service times in buckets of about one percent: enough for a chart's points, and small.
struct CoarseLatencies: Sendable {
    /// By microseconds with their lower digits left out.
    private var buckets: [UInt64: Int] = [:]
    private var count = 0
    /// Sum in microseconds, exact.
    private var total = 0.0

    init(_ counts: WindowCounts) {
        for request in counts.requests {
            total += request.service.mean * Double(request.service.count)
            for bucket in request.service.buckets {
                let times = Int(bucket.count)
                buckets[Self.rounded(bucket.lowest), default: 0] += times
                count += times
            }
        }
    }

    mutating func merge(_ other: CoarseLatencies) {
        buckets.merge(other.buckets, uniquingKeysWith: +)
        count += other.count
        total += other.total
    }

    /// Mean and percentiles 50, 95 and 99 in seconds; nil without any.
    var figures: (mean: Double?, p50: Double?, p95: Double?, p99: Double?) {
        guard count > 0 else { return (nil, nil, nil, nil) }
        let sorted = buckets.sorted { $0.key < $1.key }
        func percentile(_ percent: Double) -> Double? {
            var left = (Double(count) * percent / 100).rounded(.up)
            for (microseconds, times) in sorted {
                left -= Double(times)
                if left <= 0 { return Double(microseconds) / 1e6 }
            }
            return nil
        }
        return (total / Double(count) / 1e6, percentile(50), percentile(95), percentile(99))
    }

    /// Seven binary digits are kept.
    private static func rounded(_ microseconds: UInt64) -> UInt64 {
        let shift = max(0, UInt64.bitWidth - microseconds.leadingZeroBitCount - 7)
        let lowered = (microseconds >> shift) << shift
        return lowered + (shift > 0 ? 1 << (shift - 1) : 0)
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
