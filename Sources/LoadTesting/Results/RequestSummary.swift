package import Foundation
package import LoadGeneration

/// How many requests ended in which way.
package struct OutcomeCounts: Codable, Sendable, Equatable {
    /// Requests that began.
    package var started: Int
    /// Answers that passed every check.
    package var succeeded: Int
    /// Work taken for later.
    package var queued: Int
    /// Everything else that ended.
    package var failed: Int
    /// Starts of the schedule that were left out because too many requests were in flight.
    package var dropped: Int

    /// Makes counts.
    package init(started: Int = 0, succeeded: Int = 0, queued: Int = 0, failed: Int = 0, dropped: Int = 0) {
        self.started = started
        self.succeeded = succeeded
        self.queued = queued
        self.failed = failed
        self.dropped = dropped
    }

    /// How many ended.
    package var ended: Int { succeeded + queued + failed }
    /// The part of those that ended which failed, 0…1.
    package var errorRate: Double { ended > 0 ? Double(failed) / Double(ended) : 0 }
}

/// One of the plan's requests in a step, or in the whole run.
package struct RequestSummary: Codable, Sendable {
    /// Method and name.
    package var label: RequestLabel
    /// How many ended in which way.
    package var counts: OutcomeCounts
    /// Requests that ended, a second.
    package var perSecond: Double
    /// Failures a second.
    package var failuresPerSecond: Double
    /// Of those that succeeded.
    package var service: LatencySummary
    /// Of all that ended, as Locust counts; from the real start.
    package var all: LatencySummary
    /// Bytes of all answers.
    package var bytesReceived: Int
    /// Bytes of all requests.
    package var bytesSent: Int
}

/// The failures of one cause.
package struct FailureSummary: Codable, Sendable {
    /// The request that failed.
    package var label: RequestLabel
    /// Why.
    package var cause: FailureCause
    /// How often.
    package var count: Int
    /// What one of them said.
    package var sample: String?
    /// When it was first seen.
    package var firstSeen: Date
    /// When it was last seen.
    package var lastSeen: Date
}
