/// Exponential backoff with jitter: the delay before each retry doubles up to a maximum and is multiplied by a random factor, so that
/// processes that failed together do not retry together.
///
///     var backoff = Backoff(initial: .milliseconds(50), maximum: .seconds(2), jitter: 0.5...1)
///     while !connect() { try await Task.sleep(for: backoff.nextDelay()) }
package struct Backoff: Sendable, Equatable {
    /// The delay after the first failure, before jitter.
    package let initial: Duration
    /// The longest delay, before jitter.
    package let maximum: Duration
    /// The range of the random factor; `1...1` for none.
    package let jitter: ClosedRange<Double>
    /// Failures since the start or the last `reset`.
    package private(set) var failures = 0

    /// Makes a backoff without failures.
    package init(initial: Duration, maximum: Duration, jitter: ClosedRange<Double> = 1...1) {
        self.initial = initial
        self.maximum = maximum
        self.jitter = jitter
    }

    /// Counts a failure and returns the delay before the next attempt.
    ///
    /// - Parameter random: a number from 0 to 1 that chooses the factor from `jitter`.
    package mutating func nextDelay(random: Double = .random(in: 0...1)) -> Duration {
        // The exponent is bounded so that the shift cannot overflow; the maximum is reached long before.
        let delay = min(maximum, initial * (1 << min(failures, 20)))
        failures += 1
        let position = min(1, max(0, random))
        return delay * (jitter.lowerBound + (jitter.upperBound - jitter.lowerBound) * position)
    }

    /// Forgets the failures: the next delay is the initial one.
    package mutating func reset() { failures = 0 }
}
