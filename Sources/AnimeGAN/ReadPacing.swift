import BlockingThreads
import CKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps the pieces of a layer that overwrites its own input in order: a piece may store once every piece before it has
/// read. (Pieces after it read only what lies beyond; the memory plan sees to that.)
///
/// Pieces start in ascending order and read before they wait for anything, so whoever is waited for is running.
final class ReadPacing: Sendable {
    private struct Readers {
        var finished: [Bool]
        var prefix = 0
    }

    private let readers: Monitor<Readers>
    /// All pieces below this one have read.
    private let prefix = Atomic(0)

    init(mostPieces: Int) { readers = Monitor(Readers(finished: [Bool](repeating: false, count: mostPieces + 1))) }

    /// Begins a layer.
    func restart() {
        readers.withLock { readers in
            for index in 0..<readers.prefix { readers.finished[index] = false }
            readers.prefix = 0
        }
        prefix.store(0, ordering: .releasing)
    }

    func finishedReading(_ piece: Int) {
        readers.withLock { readers in
            readers.finished[piece] = true
            while readers.finished[readers.prefix] { readers.prefix += 1 }
            prefix.store(readers.prefix, ordering: .releasing)
        }
    }

    func waitForReaders(before piece: Int) {
        var spins = 0
        while prefix.load(ordering: .acquiring) < piece {
            spins += 1
            // The thread waited for may have lost its processor to something else: leave it ours.
            if spins % 256 == 0 { sched_yield() } else { sk_spin_hint() }
        }
    }
}
