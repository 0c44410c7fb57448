import LatencyHistograms
package import LoadGeneration

/// The run second by second for charts, in bounded memory: when there are too many points, neighbours are merged, and from then on a point
/// covers twice the time. Percentiles of merged points are read from merged histograms.
struct Timeline: Sendable {
    /// Ten minutes by the second.
    static let maximumPoints = 600

    private struct Entry: Sendable {
        var point: TimelinePoint
        var answers: CoarseLatencies
        var all: CoarseLatencies
    }

    private var entries: [Entry] = []
    /// The approximate number of seconds that a point covers.
    private(set) var resolution = 1.0

    var points: [TimelinePoint] { entries.map(\.point) }

    /// Adds a point of at most a second; `counts` is what it was made of.
    mutating func add(_ point: TimelinePoint, counts: WindowCounts) {
        let answers = CoarseLatencies(counts.requests.map(\.service))
        let all = CoarseLatencies(counts.requests.flatMap { [$0.service, $0.otherService] })
        let entry = Entry(point: point, answers: answers, all: all)
        if let last = entries.last, last.point.step == point.step, last.point.seconds + point.seconds <= resolution * 1.01 {
            entries[entries.count - 1] = Self.joined(last, entry)
        } else {
            entries.append(entry)
        }
        if entries.count > Self.maximumPoints { coarsen() }
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

/// Service times in buckets of about one percent: precise enough for a chart, and sparse, since a long run keeps many of these.
struct CoarseLatencies: Sendable {
    private struct Bucket: Sendable {
        /// Microseconds, rounded to the bucket.
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
    /// This point and the next as one; its percentiles are the next one's and must be set again.
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

/// A second of the run, for charts. Seconds and counts are of that second alone; percentiles are read from its own histogram.
package struct TimelinePoint: Codable, Sendable {
    /// Unix seconds of the end of the second.
    package var time: Double
    /// Seconds that it covers.
    package var seconds: Double
    /// The step that it belongs to, from 0; nil in warm-up and transitions.
    package var step: Int?
    /// Virtual users.
    package var users: Int
    /// Requested arrivals a second (open model).
    package var rate: Double?
    /// Requests in flight at the end.
    package var inFlight: Int
    /// The number of requests by outcome.
    package var counts: OutcomeCounts
    /// Mean service time of those that succeeded; nil without.
    package var mean: Double?
    /// Percentiles of the service time of those that succeeded; nil without.
    package var p50: Double?
    /// See `p50`.
    package var p95: Double?
    /// See `p50`.
    package var p99: Double?
    /// Mean service time of all that ended, however they did; nil without.
    package var meanOfAll: Double?
    /// Shortest service time of all that ended; nil without.
    package var minimum: Double?
    /// Longest service time of all that ended; nil without.
    package var maximum: Double?
    /// `LatencySummary.percents` of the service time of all that ended; nil without.
    package var percentiles: [Double]?
    /// Median of the service time of all that have ended since the run began; set by the caller.
    package var totalMedian: Double?
    /// Bytes of the responses.
    package var bytesReceived: Int?
    /// Percent of one core that the target used.
    package var cpuPercent: Double?
    /// Resident bytes of the target.
    package var residentBytes: Double?
    /// Threads of the target.
    package var threads: Double?
    /// Open descriptors of the target.
    package var descriptors: Double?
    /// Jobs in the target's queue.
    package var queueLength: Double?
    /// Percent of one core that the generator used.
    package var generatorCpuPercent: Double?
    /// The generator's largest lag in seconds.
    package var lag: Double?

    /// Makes a point of what was counted in `seconds` that end at `time`; figures of target and generator are set by the caller.
    package init(
        time: Double, seconds: Double, step: Int?, users: Int, rate: Double? = nil, inFlight: Int = 0, window: WindowCounts
    ) {
        let sum = window.sum
        self.time = time
        self.seconds = seconds
        self.step = step
        self.users = users
        self.rate = rate
        self.inFlight = inFlight
        counts = OutcomeCounts(
            started: window.started, succeeded: sum.succeeded, queued: sum.queued, failed: sum.failed,
            dropped: window.droppedStarts)
        bytesReceived = sum.bytesReceived
        describeAll(sum)
        guard sum.succeeded > 0 else { return }
        mean = sum.service.mean / 1e6
        let values = sum.service.values(atPercentiles: [50, 95, 99]).map { Double($0) / 1e6 }
        (p50, p95, p99) = (values[0], values[1], values[2])
    }

    private mutating func describeAll(_ sum: RequestCounts) {
        var all = sum.service
        all.merge(sum.otherService)
        guard !all.isEmpty else { return }
        meanOfAll = all.mean / 1e6
        minimum = Double(all.shortest) / 1e6
        maximum = Double(all.maximum) / 1e6
        percentiles = all.values(atPercentiles: LatencySummary.percents).map { Double($0) / 1e6 }
    }
}
