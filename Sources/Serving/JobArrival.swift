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
