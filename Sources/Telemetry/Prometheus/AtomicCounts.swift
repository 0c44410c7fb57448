import Synchronization

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
