/// How long to wait before a worker that died is started again: twice as long each time, and at once again for one that had lived
/// long enough to be thought sound.
package struct Backoff: Sendable, Equatable {
    /// After the first death, in seconds.
    package static let first = 0.25
    /// After many.
    package static let longest = 30.0
    /// A worker that has served for so many seconds starts the count anew.
    package static let soundAfter = 60.0

    /// Deaths in a row.
    package private(set) var deaths = 0
    /// When the next start may be; nil: at once.
    package private(set) var until: Double?

    /// Nobody has died yet.
    package init() {}

    /// A worker died at `now` after it had served for `served` seconds (0: it never got ready). `chance` is 0 to 1: workers that died
    /// together must not come back together.
    package mutating func died(at now: Double, served: Double, chance: Double) {
        deaths = served >= Self.soundAfter ? 1 : deaths + 1
        // Somebody who served and was killed once is wanted back at once.
        if deaths == 1, served > 0 {
            until = nil
            return
        }
        let pause = min(Self.longest, Self.first * Double(1 << min(deaths - 1, 10)))
        until = now + pause * (0.75 + 0.5 * min(1, max(0, chance)))
    }

    /// Whether a worker may be started.
    package func allows(_ now: Double) -> Bool { until.map { now >= $0 } ?? true }
}
