/// Counts the core-seconds that each running job gets.
///
/// The compute pool is elastic: threads without a job help those that run, so whenever anything runs, all cores do. With r jobs
/// in slots on n cores each gets n/r of them, and what a job has used is the integral of n/r over its run. While a job overtakes
/// those in slots, it has all the cores and they have none. This clock is these integrals; a job's use is the difference of two
/// readings.
package struct CoreClock: Sendable {
    /// What a job gets between two readings.
    package struct Use: Sendable, Equatable {
        /// Core-seconds.
        package var coreSeconds: Double
        /// Seconds in which it had any core.
        package var seconds: Double

        /// Makes a use.
        package init(coreSeconds: Double = 0, seconds: Double = 0) {
            self.coreSeconds = coreSeconds
            self.seconds = seconds
        }

        static func - (left: Use, right: Use) -> Use {
            Use(coreSeconds: left.coreSeconds - right.coreSeconds, seconds: left.seconds - right.seconds)
        }
    }

    private var inSlot = Use()
    private var overtaking = Use()
    private let slots: Double
    private var running = 0
    private var isOvertaken = false
    private var last: ContinuousClock.Instant?

    /// Makes a clock for so many cores, at rest.
    package init(slots: Int) {
        self.slots = Double(slots)
    }

    /// What a job would have got that had run from the beginning, always in a slot or always `overtaking`.
    package func reading(overtaking: Bool = false) -> Use { overtaking ? self.overtaking : inSlot }

    /// Time has come to `now`, with the running jobs as they were. A time that lies before one seen already changes nothing.
    package mutating func advance(to now: ContinuousClock.Instant) {
        guard let last else {
            self.last = now
            return
        }
        guard now > last else { return }
        let seconds = (now - last) / .seconds(1)
        if isOvertaken {
            overtaking.seconds += seconds
            overtaking.coreSeconds += seconds * slots
        } else if running > 0 {
            inSlot.seconds += seconds
            inSlot.coreSeconds += seconds * slots / Double(running)
        }
        self.last = now
    }

    /// From the moment of the last `advance` on, so many jobs run in slots, and one overtakes them or none.
    package mutating func setRunning(_ count: Int, isOvertaken: Bool = false) {
        running = count
        self.isOvertaken = isOvertaken
    }
}
