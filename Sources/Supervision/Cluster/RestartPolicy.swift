/// How long to wait before a process that ended is started again: at once the first time, then longer and longer, and from the
/// beginning again when it has run for a while.
package struct RestartPolicy: Sendable, Equatable {
    /// The second start waits so long, the next ones twice as long each.
    package var first = Duration.milliseconds(250)
    /// The longest wait.
    package var longest = Duration.seconds(10)
    /// One that ran so long had started well.
    package var settled = Duration.seconds(20)
    private var failures = 0

    package init() {}

    /// The process ended after running for `time`; how long to wait.
    package mutating func delay(afterRunning time: Duration) -> Duration {
        failures = time >= settled ? 1 : failures + 1
        if failures == 1 { return .zero }
        return min(longest, first * (1 << min(failures - 2, 16)))
    }
}
