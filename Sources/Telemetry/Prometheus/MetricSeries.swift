import CoreMetrics
import Synchronization

/// The value of a counter, in integer and fractional parts.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let whole = Atomic<Int64>(0)
    private let fractions = AtomicDouble()

    // After 2⁶³ increments the sign bit would be set; without it the count restarts at 0, as a counter may.
    var value: Double { Double(whole.load(ordering: .relaxed) & .max) + fractions.value }

    /// Counters only rise: an amount not above 0 is ignored.
    func increment(by amount: Int64) {
        if amount > 0 { whole.wrappingAdd(amount, ordering: .relaxed) }
    }

    /// Counters only rise: an amount not above 0, or not finite, is ignored.
    func increment(by amount: Double) {
        if amount > 0, amount.isFinite { fractions.add(amount) }
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fractions.set(0)
    }
}

/// The value of a gauge: the last one set.
final class GaugeSeries: MeterHandler, RecorderHandler, Sendable {
    private let number = AtomicDouble()

    var value: Double { number.value }

    func set(_ value: Int64) { number.set(Double(value)) }
    func set(_ value: Double) { number.set(value) }
    func increment(by amount: Double) { number.add(amount) }
    func decrement(by amount: Double) { number.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
}

/// The bucket counts and the sum of a histogram.
final class HistogramSeries: RecorderHandler, TimerHandler, Sendable {
    /// The upper bounds of the buckets, ascending; values above the last one count in `+Inf` only.
    let bounds: [Double]
    private let counts: AtomicCounts
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = AtomicCounts(count: bounds.count + 1)
    }

    /// For each bound, and then for `+Inf`, the number of values that do not exceed it. The last one is used as the total count, so that
    /// the two agree even while other threads record.
    var cumulative: [UInt64] {
        var running: UInt64 = 0
        return counts.values.map { count in
            running &+= count
            return running
        }
    }

    var sum: Double { total.value }

    func record(_ value: Int64) { record(Double(value)) }

    /// An infinite value is ignored, because it would make the sum infinite forever.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        counts.increment(bounds.firstIndex { value <= $0 } ?? bounds.count)
        total.add(value)
    }

    /// A negative duration, from a clock that was set back, counts as 0.
    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1e9) }
}

/// The default buckets of histograms, by the unit at the end of the metric's name.
enum HistogramBuckets {
    /// 5 ms to a minute, densest where run times lie (0.05 s to 10 s).
    static let seconds = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60,
    ]
    /// 1 KiB to 1 GiB, by factors of four.
    static let bytes = (0...10).map { Double(1_024 << (2 * $0)) }
    /// Counts without a unit.
    static let numbers: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

    static func standard(for name: String) -> [Double] {
        if name.hasSuffix("_seconds") { return seconds }
        if name.hasSuffix("_bytes") { return bytes }
        return numbers
    }

    /// Bounds as the text format requires: ascending and unique, without the infinite one, which is implicit.
    static func ordered(_ bounds: [Double]) -> [Double] { Set(bounds.filter(\.isFinite)).sorted() }
}

/// An array of counters that threads increment concurrently.
///
/// Invariant behind `@unchecked Sendable`: the memory is allocated once, does not move, and holds atomics only.
final class AtomicCounts: @unchecked Sendable {
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    init(count: Int) {
        self.count = count
        counts = .allocate(capacity: count)
        for index in 0..<count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: count)
        counts.deallocate()
    }

    func increment(_ index: Int) {
        precondition(index >= 0 && index < count)
        counts[index].wrappingAdd(1, ordering: .relaxed)
    }

    var values: [UInt64] { (0..<count).map { counts[$0].load(ordering: .relaxed) } }
}

/// An atomic floating-point number. It starts at 0, whose bit pattern is 0.
struct AtomicDouble: ~Copyable, Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}
