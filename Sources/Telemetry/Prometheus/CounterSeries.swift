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
