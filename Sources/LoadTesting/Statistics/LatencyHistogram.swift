import Histogram

/// Durations counted in HdrHistogram's buckets: one microsecond to one hour, three significant digits, memory that does not grow.
///
/// A value read back is within 0.1 % of what was recorded (exact below 2.048 ms). Mean, smallest and largest are exact. What took
/// longer than an hour counts as an hour and is told by `clipped`. Empty histograms take no memory; others 188 kB.
///
/// Histograms of several windows, event loops or machines are joined with `merge`, and percentiles are read from the result:
/// a mean of percentiles is no percentile.
package struct LatencyHistogram: Sendable {
    /// The longest duration that is told apart, in microseconds.
    package static let longest: UInt64 = 3_600_000_000

    // nil until the first duration: a run has one of these for each request, event loop and outcome, and most stay empty.
    private var cells: Histogram<UInt64>?
    /// Sum of the durations, in microseconds.
    package private(set) var total: UInt64 = 0
    /// How many durations were longer than `longest`.
    package private(set) var clipped = 0

    /// Makes an empty histogram.
    package init() {}

    /// How many durations were recorded.
    package var count: Int { cells.map { Int($0.totalCount) } ?? 0 }
    /// Whether there are none.
    package var isEmpty: Bool { cells == nil }
    /// The mean in microseconds, exact; 0 without durations.
    package var mean: Double { count > 0 ? Double(total) / Double(count) : 0 }
    /// The shortest in microseconds; 0 without durations.
    package var shortest: UInt64 { cells?.min ?? 0 }
    /// The longest recorded in microseconds; 0 without durations.
    package var maximum: UInt64 { cells?.maxRecorded ?? 0 }

    /// Adds a duration, in microseconds, `times` times.
    package mutating func record(_ microseconds: UInt64, times: UInt64 = 1) {
        let value = min(microseconds, Self.longest)
        if cells == nil { cells = Self.emptyCells }
        cells?.record(value, count: times)
        total &+= value &* times
        if microseconds > Self.longest { clipped += Int(times) }
    }

    /// Adds all that `other` has.
    package mutating func merge(_ other: LatencyHistogram) {
        guard let otherCells = other.cells else { return }
        if cells == nil {
            self = other
            return
        }
        cells?.add(otherCells)
        total &+= other.total
        clipped += other.clipped
    }

    /// Gives back what buckets alone do not tell. A longest that lies in another bucket than the last is not believed.
    mutating func restore(maximum: UInt64, total: UInt64, clipped: Int) {
        guard cells != nil else { return }
        // Adding nothing to a bucket still moves the longest that the histogram remembers.
        if bucket(of: maximum).lowest == bucket(of: self.maximum).lowest { cells?.record(min(maximum, Self.longest), count: 0) }
        self.total = total
        self.clipped = max(0, clipped)
    }

    private static let emptyCells = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: longest, numberOfSignificantValueDigits: .three)
}

/// A bucket that has durations.
package struct LatencyBucket: Sendable, Equatable {
    /// The shortest duration that belongs to it, in microseconds.
    package var lowest: UInt64
    /// The longest duration that belongs to it, in microseconds.
    package var highest: UInt64
    /// How many do.
    package var count: UInt64
}

extension LatencyHistogram {
    /// The buckets that have durations, shortest first.
    package var buckets: [LatencyBucket] {
        guard let cells else { return [] }
        return cells.recordedValues().map { value in
            LatencyBucket(
                lowest: cells.lowestEquivalentForValue(value.value), highest: cells.highestEquivalentForValue(value.value),
                count: value.count)
        }
    }

    /// The bucket that a duration of so many microseconds belongs to, with its count.
    package func bucket(of microseconds: UInt64) -> LatencyBucket {
        let cells = cells ?? Self.emptyCells, value = min(microseconds, Self.longest)
        return LatencyBucket(
            lowest: cells.lowestEquivalentForValue(value), highest: cells.highestEquivalentForValue(value),
            count: cells.countForValue(value))
    }

    /// The microseconds that so many percent (0…100) of the durations do not exceed; nil without durations.
    package func value(atPercentile percentile: Double) -> UInt64? {
        cells.map { $0.valueAtPercentile(percentile) }
    }

    /// The same for several, rising percentiles; 0 without durations.
    package func values(atPercentiles percentiles: [Double]) -> [UInt64] {
        percentiles.map { value(atPercentile: $0) ?? 0 }
    }

    /// How many durations were longer than so many microseconds, to within a bucket (0.1 %).
    package func count(above microseconds: UInt64) -> Int {
        guard let cells, microseconds < cells.maxRecorded else { return 0 }
        return count - Int(cells.count(within: 0...microseconds))
    }
}
