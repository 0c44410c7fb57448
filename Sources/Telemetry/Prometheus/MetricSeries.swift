import CoreMetrics
import Synchronization

/// What one counter has counted, in whole steps and in fractions.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let whole = Atomic<Int64>(0)
    private let fractions = AtomicDouble()

    // After 2⁶³ steps the sign bit turns up; without it the count begins anew at 0, as a counter may.
    var value: Double { Double(whole.load(ordering: .relaxed) & .max) + fractions.value }

    /// Counters only rise: what is not above 0 is ignored.
    func increment(by amount: Int64) {
        if amount > 0 { whole.wrappingAdd(amount, ordering: .relaxed) }
    }

    /// Counters only rise: what is not above 0, or no number, is ignored.
    func increment(by amount: Double) {
        if amount > 0, amount.isFinite { fractions.add(amount) }
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fractions.set(0)
    }
}

/// A value that goes up and down; the last one set is the one that is read.
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

/// The buckets that histograms have unless they are told otherwise, by the unit that the metric's name ends in.
enum HistogramBuckets {
    /// Seconds from 5 ms to a minute, closest where pictures are made (0.05 s to 10 s).
    static let seconds = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60,
    ]
    /// Bytes from 1 KiB to 1 GiB, each four times the one before.
    static let bytes = (0...10).map { Double(1_024 << (2 * $0)) }
    /// Counts of anything else.
    static let numbers: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

    static func standard(for name: String) -> [Double] {
        if name.hasSuffix("_seconds") { return seconds }
        if name.hasSuffix("_bytes") { return bytes }
        return numbers
    }

    /// Bounds as the text format wants them: ascending, each once, without the infinite one, which is always there.
    static func ordered(_ bounds: [Double]) -> [Double] { Set(bounds.filter(\.isFinite)).sorted() }
}

/// A row of counters that many threads increment at once.
///
/// Invariant behind `@unchecked Sendable`: the memory is allocated once and stays where it is, and all it holds are atomics.
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

/// A floating-point number that many threads change at once. It begins at 0, whose bit pattern is 0.
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
