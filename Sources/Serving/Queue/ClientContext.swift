package import JobQueue

/// The client of a request, and what it asks of the service beside the picture.
package struct ClientContext: Sendable {
    /// What the client wants of the result cache (HTTP's `Cache-Control`).
    package enum CachePolicy: Sendable {
        /// Accept a cached picture.
        case use
        /// `no-cache`: run the job, and cache the picture.
        case refresh
        /// `no-store`: run the job, and do not cache the picture.
        case bypass
    }

    /// The client that the job counts for: an API key's name or an address.
    package var client: String
    /// The id of the HTTP request, for the logs.
    package var requestID: String
    /// When the request arrived.
    package var arrival: ContinuousClock.Instant
    /// The time after the arrival at which the picture becomes useless to the client.
    package var timeout: Duration?
    /// What the client wants of the cache.
    package var cachePolicy: CachePolicy
    /// Whether the client understands a queued job as an answer; otherwise it is rejected with a time to try again.
    package var canBeQueued = true

    /// Creates a context.
    package init(
        client: String, requestID: String = "", arrival: ContinuousClock.Instant = .now, timeout: Duration? = nil,
        cachePolicy: CachePolicy = .use
    ) {
        self.client = client
        self.requestID = requestID
        self.arrival = arrival
        self.timeout = timeout
        self.cachePolicy = cachePolicy
    }
}

/// The response to a direct request.
package enum PictureResponse: Sendable {
    /// What the cache did for the request.
    package enum CacheStatus: String, Sendable {
        /// The picture came from the cache, or from another request's run.
        case hit
        /// The job ran.
        case miss
        /// The cache is off, or the client did not want it.
        case bypass
    }

    /// The picture, and what the cache did for it.
    case picture(JobResult, CacheStatus)
    /// The picture would take too long to wait for: the request is now a job in the queue.
    case queued(JobReport)
}

/// A job's status with what the service predicts for it.
package struct JobReport: Sendable, Equatable {
    /// What the store says.
    package var status: JobStatus
    /// Predicted seconds until the job is done, while it is queued or running.
    package var secondsLeft: Double?

    /// Creates a report.
    package init(status: JobStatus, secondsLeft: Double? = nil) {
        self.status = status
        self.secondsLeft = secondsLeft
    }
}
