package import JobQueue

/// A job at the door: what has to be known to decide on it.
package struct JobArrival: Sendable {
    /// What it will take.
    package var cost: JobCost
    /// Bytes of its encoded picture.
    package var encodedBytes: Int
    /// On what terms it comes.
    package var terms: JobTerms

    /// Makes an arrival.
    package init(cost: JobCost, encodedBytes: Int, terms: JobTerms) {
        self.cost = cost
        self.encodedBytes = encodedBytes
        self.terms = terms
    }
}

/// Why a job is sent away unrun. Seconds are from now, and say when it would have been done, its own run included.
package enum TurnedAway: Sendable, Equatable {
    /// Nobody new is taken.
    case draining
    /// It needs more memory than all jobs together may have.
    case tooLarge(bytes: Int, limit: Int)
    /// The line is full.
    case lineFull(predictedSeconds: Double)
    /// It would be done after its deadline.
    case deadlineOutOfReach(predictedSeconds: Double)
    /// Its deadline has passed while it waited.
    case deadlinePassed(predictedSeconds: Double)
    /// It would be done later than its terms allow: predicted when it came, or seen when its turn had not come in time.
    case notNow(predictedSeconds: Double)
}

/// On what terms a job enters the scheduler.
package struct JobTerms: Sendable, Equatable {
    /// Which of the two lines a job stands in. When both have jobs, they take turns.
    package enum Line: String, Sendable, CaseIterable {
        /// Its client waits on the connection.
        case direct
        /// It comes from the job store.
        case queued
    }

    /// Whose turn it takes: an API key's name or an address. Clients of a line take turns.
    package var client: String
    /// The line.
    package var line: Line
    /// Seconds within which the job should be done, its own run included, as predicted on arrival; nil: no matter when.
    /// What would take longer is not taken (`notNow`); what then is delayed beyond 1.1 times this before it starts is handed back.
    package var maximumWait: Double?
    /// The picture is of no use after this: the job is refused if predicted to be done later, and dropped unrun at this moment.
    package var deadline: ContinuousClock.Instant?

    /// Makes terms.
    package init(
        client: String, line: Line = .direct, maximumWait: Double? = nil, deadline: ContinuousClock.Instant? = nil
    ) {
        self.client = client
        self.line = line
        self.maximumWait = maximumWait
        self.deadline = deadline
    }
}

extension TurnedAway {
    /// What the client is told; nil for `notNow`, which is not an error but an answer.
    package var error: JobError? {
        switch self {
        case .notNow: nil
        case .draining: JobError(.draining, "The server is stopping. Please try again in a moment.", retryAfter: 5)
        case .tooLarge(let bytes, let limit):
            JobError(
                .imageTooLarge,
                "The picture would take \(megabytes(bytes)) MB of memory, and the service has \(megabytes(limit)) MB for all its "
                    + "work. Please ask for a smaller size or send a smaller picture.")
        case .lineFull(let seconds):
            JobError(
                .overloaded, "The line is full. Please try again in \(retryAfter(seconds)) seconds.",
                retryAfter: retryAfter(seconds))
        case .deadlineOutOfReach(let seconds):
            JobError(
                .expired,
                "The picture would be done in about \(retryAfter(seconds, most: .max)) seconds, which is later than the request "
                    + "allows. Please allow more time or try again in \(retryAfter(seconds)) seconds.",
                retryAfter: retryAfter(seconds))
        case .deadlinePassed(let seconds):
            JobError(
                .expired,
                "The time that the request allows ran out while it waited in line; a new one would take about "
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
