/// Counts the core-seconds that each running job gets.
///
/// The compute pool is elastic: threads without a job help those that run, so whenever anything runs, all cores do. With r jobs
/// running on n cores each gets n/r of them, and what a job has used is the integral of n/r over its run. This clock is that
/// integral; a job's use is the difference of two readings.
package struct CoreClock: Sendable {
    /// Core-seconds that a job would have used that had run from the beginning.
    package private(set) var reading = 0.0
    private let slots: Double
    private var running = 0
    private var last: ContinuousClock.Instant?

    /// Makes a clock for so many cores, at rest.
    package init(slots: Int) {
        self.slots = Double(slots)
    }

    /// Time has come to `now`, with the running jobs as they were. A time that lies before one seen already changes nothing.
    package mutating func advance(to now: ContinuousClock.Instant) {
        guard let last else {
            self.last = now
            return
        }
        guard now > last else { return }
        if running > 0 { reading += (now - last) / .seconds(1) * slots / Double(running) }
        self.last = now
    }

    /// From the moment of the last `advance` on, so many jobs run.
    package mutating func setRunning(_ count: Int) {
        running = count
    }
}
