import RetryBackoff

/// When a worker may be started after one that died: at once after the first death of a worker that had served, then after delays that
/// double, until a worker has served for `resetAfter` seconds.
package struct RestartBackoff: Sendable, Equatable {
    /// The longest delay before jitter, in seconds.
    package static let longest = 30.0
    /// A worker that has served for this many seconds resets the delays.
    package static let resetAfter = 60.0

    private var backoff = Backoff(initial: .milliseconds(250), maximum: .seconds(longest), jitter: 0.75...1.25)
    /// The earliest time of the next start, in seconds of the pool's time; nil for at once.
    private var until: Double?

    /// A backoff without deaths.
    package init() {}

    /// Notes the death of a worker.
    ///
    /// - Parameters:
    ///   - now: seconds of the pool's time.
    ///   - served: the seconds that it had served; 0 when it was never ready.
    ///   - jitter: 0 to 1: workers that died together must not start together.
    package mutating func died(at now: Double, served: Double, jitter: Double) {
        if served >= Self.resetAfter { backoff.reset() }
        let isFirst = backoff.failures == 0
        let delay = backoff.nextDelay(random: jitter)
        until = isFirst && served > 0 ? nil : now + delay / .seconds(1)
    }

    /// Whether a worker may be started at `now`.
    package func allows(_ now: Double) -> Bool { until.map { now >= $0 } ?? true }
}
