package import JobQueue

/// Who asks for a picture and on what terms, as far as the service has to know.
package struct Caller: Sendable {
    /// What the client wants of the result cache (HTTP's `Cache-Control`).
    package enum CachePolicy: Sendable {
        /// A cached picture will do.
        case use
        /// `no-cache`: make it anew, and keep it.
        case refresh
        /// `no-store`: make it anew, and don't keep it.
        case bypass
    }

    /// Whose turn the job takes: an API key's name or an address.
    package var client: String
    /// The id of the HTTP request, for the logs.
    package var requestID: String
    /// When the request arrived.
    package var arrival: ContinuousClock.Instant
    /// Time from the arrival after which the picture is of no use to the client.
    package var timeout: Duration?
    /// What it wants of the cache.
    package var cachePolicy: CachePolicy
    /// Whether a place in the queue is an answer that the client understands; otherwise it is refused with a time to come again.
    package var canBeQueued = true

    /// Makes a caller.
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
