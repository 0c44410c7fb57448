package import JobQueue

/// What is known of a job before it runs.
package struct JobCost: Sendable, Equatable {
    /// Pixels of the picture that the generator sees; the run time is proportional to them.
    package var pixels: Int
    /// Peak number of bytes that decoding, running and encoding allocate.
    package var memoryBytes: Int

    /// Creates a cost.
    package init(pixels: Int, memoryBytes: Int) {
        self.pixels = pixels
        self.memoryBytes = memoryBytes
    }
}

/// Where a job comes from. When jobs of both classes wait, the scheduler gives each class half of the core-seconds (``FairShare``).
package enum JobClass: String, Sendable, CaseIterable {
    /// The client waits on the connection.
    case direct
    /// A worker has claimed the job from the job store.
    case queued

    /// The other class.
    package var other: Self { self == .direct ? .queued : .direct }
}

/// How the scheduler treats a job.
package struct SchedulingOptions: Sendable, Equatable {
    /// The client: an API key's name or an address. Clients of one class get equal shares (``FairQueue``).
    package var client: String
    /// The class.
    package var jobClass: JobClass
    /// The longest acceptable time until the job is done, in seconds, its own run included; nil means no limit. A job that is
    /// predicted to take longer on arrival is rejected, and so is one that is delayed beyond 1.1 times this before it starts.
    package var maximumWait: Double?
    /// When the result becomes useless. A job that is predicted to be done later is rejected, and one that still waits then is dropped.
    package var deadline: ContinuousClock.Instant?

    /// Creates options.
    package init(
        client: String, jobClass: JobClass = .direct, maximumWait: Double? = nil, deadline: ContinuousClock.Instant? = nil
    ) {
        self.client = client
        self.jobClass = jobClass
        self.maximumWait = maximumWait
        self.deadline = deadline
    }
}

/// What the admission controller needs to know to decide on a job.
package struct AdmissionRequest: Sendable {
    /// What the job takes.
    package var cost: JobCost
    /// Bytes of its encoded picture.
    package var encodedBytes: Int
    /// How to treat it.
    package var options: SchedulingOptions

    /// Creates a request.
    package init(cost: JobCost, encodedBytes: Int, options: SchedulingOptions) {
        self.cost = cost
        self.encodedBytes = encodedBytes
        self.options = options
    }
}

/// Why a job was rejected. `predictedSeconds` is the predicted time from now until it would be done, its own run included.
package enum AdmissionRejection: Sendable, Equatable {
    /// The scheduler is draining.
    case draining
    /// The job needs more memory than all jobs together may use.
    case tooLarge(bytes: Int, limit: Int)
    /// The waiting queue is full.
    case queueFull(predictedSeconds: Double)
    /// The job would be done after its deadline.
    case deadlineUnreachable(predictedSeconds: Double)
    /// The deadline passed while the job waited.
    case deadlineExceeded(predictedSeconds: Double)
    /// The job would take longer than its maximum wait, as predicted on arrival or found later while it waited.
    case maximumWaitExceeded(predictedSeconds: Double)
}

extension AdmissionRejection {
    /// What the client is told; nil for `maximumWaitExceeded`, which the caller answers in its own way.
    package var error: JobError? {
        switch self {
        case .maximumWaitExceeded: nil
        case .draining: JobError(.draining, "The server is stopping. Please try again in a moment.", retryAfter: 5)
        case .tooLarge(let bytes, let limit):
            JobError(
                .imageTooLarge,
                "The picture needs \(megabytes(bytes)) MB of memory, and the service has \(megabytes(limit)) MB for all jobs. "
                    + "Please ask for a smaller size or send a smaller picture.")
        case .queueFull(let seconds):
            JobError(
                .overloaded, "The waiting queue is full. Please try again in \(retryAfter(seconds)) seconds.",
                retryAfter: retryAfter(seconds))
        case .deadlineUnreachable(let seconds):
            JobError(
                .expired,
                "The picture would be done in about \(retryAfter(seconds, most: .max)) seconds, which is later than the request "
                    + "allows. Please allow more time or try again in \(retryAfter(seconds)) seconds.",
                retryAfter: retryAfter(seconds))
        case .deadlineExceeded(let seconds):
            JobError(
                .expired,
                "The request timed out while it waited for its turn; a new request would take about "
                    + "\(retryAfter(seconds, most: .max)) seconds. Please allow more time or try again in \(retryAfter(seconds)) "
                    + "seconds.",
                retryAfter: retryAfter(seconds))
        }
    }

    /// Whole seconds, at least 1.
    private func retryAfter(_ seconds: Double, most: Int = 60) -> Int {
        Int(max(1, min(seconds.rounded(.up), Double(min(most, 1_000_000)))))
    }

    private func megabytes(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }
}
