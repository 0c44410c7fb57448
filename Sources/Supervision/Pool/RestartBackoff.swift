import RetryBackoff

/// When a worker may be started after one that died: at once after the first death of a worker that had served, and with growing
/// delays after that, until one has served for `soundAfter` seconds.
package struct RestartBackoff: Sendable, Equatable {
    /// The longest delay before jitter, in seconds.
    package static let longest = 30.0
    /// A worker that has served for so many seconds starts the count anew.
    package static let soundAfter = 60.0

    private var backoff = Backoff(initial: .milliseconds(250), maximum: .seconds(longest), jitter: 0.75...1.25)
    /// When the next start may be, in seconds of the pool's time; nil: at once.
    private var until: Double?

    /// A backoff without deaths.
    package init() {}

    /// Notes the death of a worker.
    ///
    /// - Parameters:
    ///   - now: seconds of the pool's time.
    ///   - served: for how many seconds it had served (0: it was never ready).
    ///   - chance: 0 to 1, for the jitter: workers that died together must not start together.
    package mutating func died(at now: Double, served: Double, chance: Double) {
        if served >= Self.soundAfter { backoff.reset() }
        let isFirst = backoff.failures == 0
        let delay = backoff.nextDelay(random: chance)
        until = isFirst && served > 0 ? nil : now + delay / .seconds(1)
    }

    /// Whether a worker may be started.
    package func allows(_ now: Double) -> Bool { until.map { now >= $0 } ?? true }
}
