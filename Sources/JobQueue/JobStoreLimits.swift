/// What a store may hold and for how long. Processes that share a store should have the same limits.
package struct JobStoreLimits: Sendable, Equatable {
    /// Most jobs that wait.
    package var queuedJobs: Int
    /// Most bytes of their encoded images.
    package var queuedBytes: Int
    /// How long final jobs and their results are kept.
    package var resultLifetime: Duration
    /// Most bytes of results; the oldest are removed first.
    package var resultBytes: Int
    /// How long a claim is valid after it was made or last renewed.
    package var leaseDuration: Duration
    /// A job whose lease has expired so often fails.
    package var attempts: Int

    /// Makes limits; the defaults are those of `sakuga serve`.
    package init(
        queuedJobs: Int = 512, queuedBytes: Int = 256 << 20, resultLifetime: Duration = .seconds(3_600),
        resultBytes: Int = 64 << 20, leaseDuration: Duration = .seconds(30), attempts: Int = 3
    ) {
        self.queuedJobs = queuedJobs
        self.queuedBytes = queuedBytes
        self.resultLifetime = resultLifetime
        self.resultBytes = resultBytes
        self.leaseDuration = leaseDuration
        self.attempts = attempts
    }

    /// Most final jobs, however small their results; the oldest are removed first. Bounds the memory of a client that adds and
    /// cancels jobs all day.
    package static let finalJobs = 20_000

    /// `resultLifetime` in seconds.
    package var resultSeconds: Double { resultLifetime / .seconds(1) }

    /// `leaseDuration` in seconds.
    package var leaseSeconds: Double { leaseDuration / .seconds(1) }
}
