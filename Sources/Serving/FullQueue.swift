package import JobQueue
import Synchronization

/// Remembers for a moment that the queue was full, so that a flood is sent away without looking at its pictures and without asking
/// the store each time.
///
/// The moment is shorter than a picture takes, so a place that becomes free is taken almost at once.
package final class FullQueue: Sendable {
    /// How long a full queue is taken for full.
    package static let memory = Duration.milliseconds(50)

    private struct Refused {
        var error: JobError
        /// Jobs of at least so many bytes had no room.
        var bytes: Int
        var until: ContinuousClock.Instant
    }

    private let last = Mutex<Refused?>(nil)

    /// Remembers nothing yet.
    package init() {}

    /// The store had no room for one more job (`bytes` 0), or for one of so many bytes.
    package func note(_ error: JobError, bytes: Int, at now: ContinuousClock.Instant = .now) {
        last.withLock { $0 = Refused(error: error, bytes: bytes, until: now + Self.memory) }
    }

    /// Why a job of so many bytes would have no room either; nil when the store has to be asked.
    package func refusal(bytes: Int, at now: ContinuousClock.Instant = .now) -> JobError? {
        last.withLock { last in
            guard let refused = last, refused.until > now, bytes >= refused.bytes else { return nil }
            return refused.error
        }
    }
}
