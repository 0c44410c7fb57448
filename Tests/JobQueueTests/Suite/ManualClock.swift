import Foundation
import JobQueue
import Synchronization

/// A clock that only a test turns on.
final class ManualClock: Sendable {
    private let seconds = Mutex(0.0)

    /// What a store takes.
    var jobClock: JobClock {
        JobClock(now: { self.now }, uptime: { self.seconds.withLock { $0 } })
    }

    /// The date it shows.
    var now: Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds.withLock { $0 }) }

    /// Turns it on.
    func advance(by duration: Duration) {
        seconds.withLock { $0 += duration / .seconds(1) }
    }
}
