/// What a store may hold and for how long. The same for all stores; processes that share a store should agree.
package struct JobStoreLimits: Sendable, Equatable {
    /// Jobs that wait.
    package var queuedJobs: Int
    /// Their encoded pictures, in bytes.
    package var queuedBytes: Int
    /// How long final jobs and their results are kept.
    package var resultLife: Duration
    /// Results kept, in bytes; the oldest go first.
    package var resultBytes: Int
    /// A worker that is silent for so long has lost its jobs.
    package var claimTime: Duration
    /// A job that was started so often without an end is failed.
    package var attempts: Int

    /// Makes limits; the defaults are those of `sakuga serve`.
    package init(
        queuedJobs: Int = 512, queuedBytes: Int = 256 << 20, resultLife: Duration = .seconds(3_600),
        resultBytes: Int = 64 << 20, claimTime: Duration = .seconds(30), attempts: Int = 3
    ) {
        self.queuedJobs = queuedJobs
        self.queuedBytes = queuedBytes
        self.resultLife = resultLife
        self.resultBytes = resultBytes
        self.claimTime = claimTime
        self.attempts = attempts
    }
}
