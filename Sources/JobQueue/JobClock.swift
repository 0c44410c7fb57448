package import Foundation

/// Where a store takes the time from, so that tests can turn it on by hand.
package struct JobClock: Sendable {
    /// The date: what deadlines and the life of results are measured by. An operator may set it at any moment.
    package var now: @Sendable () -> Date
    /// Seconds on a clock that nobody sets and that stands still while the machine sleeps: what a worker's silence is measured by,
    /// so that a jump of the date takes no job away from a worker that lives.
    package var uptime: @Sendable () -> Double

    /// Makes a clock.
    package init(now: @escaping @Sendable () -> Date, uptime: @escaping @Sendable () -> Double) {
        self.now = now
        self.uptime = uptime
    }

    /// The machine's clocks.
    package static let system = JobClock(
        now: { Date() },
        uptime: { [origin = SuspendingClock.now] in origin.duration(to: .now) / .seconds(1) })
}

extension JobClock {
    /// Both clocks at one moment.
    package struct Reading: Sendable {
        /// The date.
        package var date: Date
        /// Seconds on the clock that nobody sets.
        package var uptime: Double
    }

    /// Looks at both clocks.
    package func read() -> Reading { Reading(date: now(), uptime: uptime()) }
}
