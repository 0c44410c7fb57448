package import JobQueue

/// What became of a job that was offered to the scheduler.
package enum SchedulerOutcome: Sendable {
    /// It was run.
    case finished(JobResult)
    /// It would have been done only in so many seconds, which is more than its terms allow: it was not taken.
    case notNow(predictedSeconds: Double)
}

/// What runs and waits in the scheduler at one moment.
package struct SchedulerLoad: Sendable, Equatable {
    /// Jobs that run; one more than there are slots while one overtakes the others.
    package var running: Int
    /// Jobs in both lines.
    package var waiting: Int
    /// Jobs that can run at once.
    package var slots: Int
    /// Seconds after which a job of 512×512 that comes now would be done.
    package var predictedWait: Double
    /// Seconds of one core that a megapixel takes, as measured lately; nil before the first job.
    package var coreSecondsPerMegapixel: Double?
    /// Bytes that the running jobs may allocate.
    package var memoryInUse: Int
    /// Bytes that running jobs may allocate in all.
    package var memoryLimit: Int

    /// Makes a load.
    package init(
        running: Int = 0, waiting: Int = 0, slots: Int = 1, predictedWait: Double = 0, coreSecondsPerMegapixel: Double? = nil,
        memoryInUse: Int = 0, memoryLimit: Int = .max
    ) {
        self.running = running
        self.waiting = waiting
        self.slots = slots
        self.predictedWait = predictedWait
        self.coreSecondsPerMegapixel = coreSecondsPerMegapixel
        self.memoryInUse = memoryInUse
        self.memoryLimit = memoryLimit
    }
}
