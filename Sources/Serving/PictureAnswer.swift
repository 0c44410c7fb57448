package import JobQueue

/// The answer to a direct request.
package enum PictureAnswer: Sendable {
    /// Whether the picture came from the cache.
    package enum CacheUse: String, Sendable {
        case hit
        case miss
        /// The cache is off, or the client did not want it.
        case bypass
    }

    /// The picture, and what the cache had to do with it.
    case picture(JobResult, CacheUse)
    /// It would take too long to wait for: it is a job in the queue now.
    case queued(JobReport)
}

/// A job's status with what the service can say about its future.
package struct JobReport: Sendable, Equatable {
    /// What the store says.
    package var status: JobStatus
    /// While queued or running: seconds until it is done, as predicted.
    package var secondsLeft: Double?

    /// Makes a report.
    package init(status: JobStatus, secondsLeft: Double? = nil) {
        self.status = status
        self.secondsLeft = secondsLeft
    }
}
