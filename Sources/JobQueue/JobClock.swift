package import Foundation

/// The clocks that a store reads. Tests pass one that they advance themselves.
package struct JobClock: Sendable {
    /// The date, for deadlines and the lifetime of results. It may be set at any moment.
    package var now: @Sendable () -> Date
    /// Seconds on a clock that cannot be set and that stops while the machine sleeps, for leases: a jump of the date must not
    /// expire the lease of a living worker.
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

    /// Both clocks at one moment.
    package struct Reading: Sendable {
        /// The date.
        package var date: Date
        /// Seconds of uptime.
        package var uptime: Double
    }

    /// Reads both clocks.
    package func read() -> Reading { Reading(date: now(), uptime: uptime()) }
}
