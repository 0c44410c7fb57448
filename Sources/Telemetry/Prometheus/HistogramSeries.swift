import CoreMetrics

/// How many values fell into which bucket, and their sum.
final class HistogramSeries: RecorderHandler, TimerHandler, Sendable {
    /// Upper bounds of the buckets, ascending; what is above the last one counts in `+Inf` only.
    let bounds: [Double]
    private let counts: AtomicCounts
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = AtomicCounts(count: bounds.count + 1)
    }

    /// For each bound, and then for `+Inf`, how many values are at most that.
    /// The values' count is the last of these, so that the two agree even while others record.
    var cumulative: [UInt64] {
        var running: UInt64 = 0
        return counts.values.map { count in
            running &+= count
            return running
        }
    }

    var sum: Double { total.value }

    func record(_ value: Int64) { record(Double(value)) }

    /// One endless value would spoil the sum for ever, so it is ignored.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        counts.increment(bounds.firstIndex { value <= $0 } ?? bounds.count)
        total.add(value)
    }

    /// Clocks may step back; no duration is below 0.
    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1e9) }
}
