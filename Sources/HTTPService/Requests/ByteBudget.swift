import Synchronization

/// Bounds the bytes that all requests together hold in memory.
final class ByteBudget: Sendable {
    private let free: Mutex<Int>

    init(_ limit: Int) {
        free = Mutex(limit)
    }

    /// Takes `count` bytes if they are there.
    func take(_ count: Int) -> Bool {
        free.withLock { free in
            guard count <= free else { return false }
            free -= count
            return true
        }
    }

    /// Gives bytes back.
    func giveBack(_ count: Int) {
        free.withLock { $0 += count }
    }
}
