import RetryBackoff

/// When to restart a process of a cluster: at once the first time, then after delays that double, and at once again when it has run for a
/// while.
package struct RestartPolicy: Sendable, Equatable {
    /// A process that has run for this long resets the delays.
    package static let resetAfter = Duration.seconds(20)

    private var backoff = Backoff(initial: .milliseconds(250), maximum: .seconds(10))
    private var hasEnded = false

    package init() {}

    /// Notes that the process has ended after running for `time`.
    /// - Returns: the delay before its next start.
    package mutating func delay(afterRunning time: Duration) -> Duration {
        guard hasEnded, time < Self.resetAfter else {
            hasEnded = true
            backoff.reset()
            return .zero
        }
        return backoff.nextDelay()
    }
}
