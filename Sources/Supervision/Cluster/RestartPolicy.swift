/// When to restart a process of a cluster: at once the first time, then after delays that double, and at once again when it has run for a
/// while.
package struct RestartPolicy: Sendable, Equatable {
    /// The delay before the second restart.
    package var initial = Duration.milliseconds(250)
    /// The longest delay.
    package var maximum = Duration.seconds(10)
    /// A process that has run for this long resets the count.
    package var resetAfter = Duration.seconds(20)
    private var failures = 0

    package init() {}

    /// Notes that the process has ended after running for `time`.
    /// - Returns: the delay before its next start.
    package mutating func delay(afterRunning time: Duration) -> Duration {
        failures = time >= resetAfter ? 1 : failures + 1
        if failures == 1 { return .zero }
        return min(maximum, initial * (1 << min(failures - 2, 16)))
    }
}
