/// Durations in microseconds, counted in HdrHistogram's buckets.
///
/// Mean, shortest and longest are exact; percentiles are as exact as the layout's buckets are narrow. Memory grows with the longest recorded
/// duration, not with the number of durations: an empty histogram has no buckets, one of `BucketLayout.threeDigits` takes 90 kB up to a
/// second and 188 kB up to an hour.
///
/// Histograms of several windows, event loops or machines are joined with `merge`, and percentiles are read from the result: a mean of
/// percentiles is not a percentile.
package struct LatencyHistogram: Sendable, Equatable {
    /// The longest duration that `BucketLayout.threeDigits` distinguishes, in microseconds.
    package static let longest = BucketLayout.threeDigits.highest

    /// The buckets' bounds.
    package let layout: BucketLayout
    // Up to the bucket of the longest duration. Most histograms of a run or a service stay empty.
    private var counts: [UInt64] = []
    /// The number of recorded durations.
    package private(set) var count = 0
    /// The sum of the durations, in microseconds. Durations above the layout's range count as its longest.
    package private(set) var total: UInt64 = 0
    /// The number of durations above the layout's range.
    package private(set) var clipped = 0
    /// The shortest duration in microseconds; 0 without durations.
    package private(set) var shortest: UInt64 = 0
    /// The longest duration in microseconds; 0 without durations.
    package private(set) var maximum: UInt64 = 0

    /// Makes an empty histogram.
    package init(layout: BucketLayout = .threeDigits) { self.layout = layout }

    /// Whether nothing was recorded.
    package var isEmpty: Bool { count == 0 }
    /// The mean in microseconds; 0 without durations.
    package var mean: Double { count > 0 ? Double(total) / Double(count) : 0 }

    /// Records a duration in microseconds, `times` times. Durations above the layout's range count as its longest and as `clipped`.
    package mutating func record(_ microseconds: UInt64, times: UInt64 = 1) {
        guard times > 0 else { return }
        let value = min(microseconds, layout.highest)
        let index = layout.index(of: value)
        extend(to: index + 1)
        counts[index] &+= times
        shortest = isEmpty ? value : min(shortest, value)
        maximum = max(maximum, value)
        count += Int(times)
        total &+= value &* times
        if microseconds > layout.highest { clipped += Int(times) }
    }

    /// Records a duration in seconds; negative durations count as 0. NaN is ignored.
    package mutating func record(seconds: Double) {
        guard !seconds.isNaN else { return }
        record(UInt64(min(max(0, seconds * 1e6), Double(layout.highest))))
    }

    /// Adds all durations of `other`, which has the same layout.
    package mutating func merge(_ other: LatencyHistogram) {
        precondition(layout == other.layout, "histograms with different buckets cannot be joined")
        guard !other.isEmpty else { return }
        guard !isEmpty else {
            self = other
            return
        }
        extend(to: other.counts.count)
        for index in other.counts.indices { counts[index] &+= other.counts[index] }
        shortest = min(shortest, other.shortest)
        maximum = max(maximum, other.maximum)
        count += other.count
        total &+= other.total
        clipped += other.clipped
    }

    private mutating func extend(to length: Int) {
        if length > counts.count { counts.append(contentsOf: repeatElement(0, count: length - counts.count)) }
    }
}

/// A bucket of a histogram.
package struct LatencyBucket: Sendable, Equatable {
    /// The shortest duration of the bucket, in microseconds.
    package var lowest: UInt64
    /// The longest duration of the bucket, in microseconds.
    package var highest: UInt64
    /// The number of durations in it.
    package var count: UInt64

    /// The middle of the bucket, in seconds.
    package var middleSeconds: Double { Double(lowest + highest + 1) / 2e6 }
}

// MARK: - Reading

extension LatencyHistogram {
    /// The buckets with durations, shortest first.
    package var buckets: [LatencyBucket] {
        counts.indices.lazy.filter { counts[$0] > 0 }.map { bucket(at: $0) }
    }

    /// The bucket of a duration in microseconds.
    package func bucket(of microseconds: UInt64) -> LatencyBucket {
        bucket(at: layout.index(of: min(microseconds, layout.highest)))
    }

    /// The bucket in which the `percentile` (0…100) of the durations lies; nil without durations.
    package func bucket(atPercentile percentile: Double) -> LatencyBucket? {
        guard !isEmpty else { return nil }
        // HdrHistogram's rule: one unit in the last place less, so that a rounding error does not lead into the next bucket.
        let share = min(max(percentile.nextDown, 0), 100) / 100
        let rank = max(1, UInt64((share * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for index in counts.indices {
            seen += counts[index]
            if seen >= rank { return bucket(at: index) }
        }
        return bucket(of: maximum)
    }

    /// The microseconds that the `percentile` (0…100) of the durations do not exceed, at the upper end of their bucket; nil without durations.
    package func value(atPercentile percentile: Double) -> UInt64? {
        if percentile <= 0 { return isEmpty ? nil : shortest }
        if percentile >= 100 { return isEmpty ? nil : maximum }
        return bucket(atPercentile: percentile).map { max(min($0.highest, maximum), shortest) }
    }

    /// `value(atPercentile:)` of several percentiles; 0 without durations.
    package func values(atPercentiles percentiles: [Double]) -> [UInt64] {
        percentiles.map { value(atPercentile: $0) ?? 0 }
    }

    /// The number of durations above a limit in microseconds; those in the limit's own bucket do not count.
    package func count(above microseconds: UInt64) -> Int {
        guard microseconds < maximum else { return 0 }
        return Int(counts[(layout.index(of: microseconds) + 1)...].reduce(0, +))
    }

    private func bucket(at index: Int) -> LatencyBucket {
        LatencyBucket(
            lowest: layout.lowestValue(at: index), highest: layout.highestValue(at: index),
            count: index < counts.count ? counts[index] : 0)
    }
}

// MARK: - Coordinated omission

extension LatencyHistogram {
    /// Corrects for coordinated omission as HdrHistogram does: a user that sends a request every `expectedInterval` microseconds unless a
    /// slow response holds it up has omitted the requests of that time. A duration d above the interval e adds d − e, d − 2e, … down to e.
    ///
    /// - Complexity: for each bucket with durations, the number of buckets below it, whatever the number of requests added.
    package func corrected(expectedInterval: UInt64) -> LatencyHistogram {
        guard expectedInterval > 0, maximum > expectedInterval else { return self }
        var result = self
        for bucket in buckets where bucket.highest > expectedInterval {
            let value = min(bucket.lowest + (bucket.highest - bucket.lowest) / 2, maximum)
            result.fill(below: value, every: expectedInterval, times: bucket.count)
        }
        return result
    }

    /// Adds `value` − `interval`, `value` − 2·`interval`, … as long as they are not below `interval`, each `times` times.
    private mutating func fill(below value: UInt64, every interval: UInt64, times: UInt64) {
        guard value > interval else { return }
        var missing = value - interval
        while missing >= interval {
            // All of one bucket at once, so that a stall of an hour at 20,000 requests a second costs no more than a short one.
            let lowest = max(bucket(of: missing).lowest, interval)
            let steps = (missing - lowest) / interval + 1
            let last = missing - (steps - 1) * interval
            record((missing + last) / 2, times: steps * times)
            guard last > interval else { return }
            missing = last - interval
        }
    }
}

// MARK: - JSON

/// `count`, `total`, `minimum`, `maximum`, `clipped` and `buckets`: pairs of a bucket's lowest microsecond and its count. Always of the layout
/// `threeDigits`; a histogram that was read equals the one that was written.
extension LatencyHistogram: Codable {
    private enum Key: String, CodingKey {
        case count, total, minimum, maximum, clipped, buckets
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(count, forKey: .count)
        try container.encode(total, forKey: .total)
        try container.encode(shortest, forKey: .minimum)
        try container.encode(maximum, forKey: .maximum)
        try container.encode(clipped, forKey: .clipped)
        try container.encode(buckets.map { [$0.lowest, $0.count] }, forKey: .buckets)
    }

    /// Reads what `encode` wrote.
    /// - Throws: `DecodingError` where the buckets are not a histogram.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let pairs = try container.decode([[UInt64]].self, forKey: .buckets)
        let count = try container.decode(UInt64.self, forKey: .count)
        self.init()
        // The sums of 2⁴⁸ requests of an hour still fit.
        guard pairs.allSatisfy({ $0.count == 2 && $0[0] <= layout.highest && $0[1] < 1 << 48 }), count < 1 << 48 else {
            throw DecodingError.dataCorruptedError(
                forKey: .buckets, in: container, debugDescription: "buckets are pairs of microseconds and a count")
        }
        for pair in pairs { record(pair[0], times: pair[1]) }
        guard UInt64(self.count) == count else {
            throw DecodingError.dataCorruptedError(
                forKey: .count, in: container, debugDescription: "the buckets hold \(self.count) durations, not \(count)")
        }
        restore(
            minimum: try container.decode(UInt64.self, forKey: .minimum),
            maximum: try container.decode(UInt64.self, forKey: .maximum),
            total: try container.decode(UInt64.self, forKey: .total), clipped: try container.decode(Int.self, forKey: .clipped))
    }

    /// Restores what the buckets do not tell. A shortest or longest outside its bucket is not believed.
    private mutating func restore(minimum: UInt64, maximum: UInt64, total: UInt64, clipped: Int) {
        guard !isEmpty else { return }
        if bucket(of: minimum).lowest == bucket(of: shortest).lowest { shortest = min(minimum, layout.highest) }
        if bucket(of: maximum).lowest == bucket(of: self.maximum).lowest { self.maximum = min(maximum, layout.highest) }
        self.total = total
        self.clipped = max(0, clipped)
    }
}
