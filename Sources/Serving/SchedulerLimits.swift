/// How much may run and wait in a scheduler.
package struct SchedulerLimits: Sendable, Equatable {
    /// Jobs running at once, at least 1: the cores of the compute pool, which running jobs share out among themselves. One more
    /// may overtake them (`AdmissionController`).
    package var slots: Int
    /// Jobs waiting in the direct line.
    package var waitingJobs: Int
    /// Sum of the encoded pictures of the jobs in the direct line, in bytes.
    package var waitingBytes: Int
    /// Sum of `JobCost.memoryBytes` of the running jobs, in bytes.
    package var memoryBytes: Int

    /// Makes limits; a slot count below 1 is taken as 1.
    package init(slots: Int, waitingJobs: Int = 512, waitingBytes: Int = 512 << 20, memoryBytes: Int = .max) {
        self.slots = max(1, slots)
        self.waitingJobs = waitingJobs
        self.waitingBytes = waitingBytes
        self.memoryBytes = memoryBytes
    }

    /// Jobs waiting in the queued line: those that the workers have claimed from the store, so only a few.
    package var waitingQueuedJobs: Int { 2 * slots + 2 }

    /// How often smaller jobs may start before one that had its turn and did not fit into the memory left.
    /// After that the slots drain until it does.
    package var passesBeforeDraining: Int { 2 * slots }
}
