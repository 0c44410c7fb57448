package import Foundation
package import LatencyHistograms

/// The ends of a 95 % confidence interval.
package struct ConfidenceInterval: Codable, Sendable, Equatable {
    /// The lower end.
    package var lower: Double
    /// The upper end.
    package var upper: Double

    /// Makes an interval.
    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// One level of load: what was measured while it lasted, warm-up and transition left out.
package struct StepSummary: Codable, Sendable {
    /// As the table shows it: `20 users`, `8/s`.
    package var label: String
    /// Virtual users (closed model).
    package var users: Int?
    /// Arrivals a second (open model).
    package var rate: Double?
    /// When measuring began.
    package var started: Date
    /// How long was measured.
    package var seconds: Double
    /// How long before that was left out: warm-up and the change of users.
    package var droppedSeconds: Double
    /// The number of requests by outcome.
    package var counts: OutcomeCounts
    /// Answers a second that passed every check.
    package var throughput: Double
    /// By batch means; nil if the step was too short.
    package var throughputInterval: ConfidenceInterval?
    /// Service times of the successful requests: from the actual start to the end.
    package var service: LatencySummary
    /// From the intended start to the end (open model); in the closed model `service` with HdrHistogram's correction for the requests
    /// that a user would have sent had it not been kept waiting.
    package var corrected: LatencySummary
    /// Interval that the correction assumes between a user's requests, in seconds; nil where intended starts were known.
    package var expectedInterval: Double?
    /// Mean wait of a user between requests, in seconds (closed model).
    package var meanWait: Double?
    /// The check against Little's law (closed model).
    package var little: LittleCheck?
    /// The target's resource use.
    package var resources: ResourceUse?
    /// Whether the generator was the bottleneck.
    package var generator: GeneratorHealth?
    /// One for each objective.
    package var objectives: [ObjectiveVerdict]
    /// Of all objectives; nil without any.
    package var verdict: Verdict?
    /// By request.
    package var requests: [RequestSummary]
    /// By request and cause, most frequent first.
    package var failures: [FailureSummary]
    /// Bytes of all requests.
    package var bytesSent: Int
    /// Bytes of all responses.
    package var bytesReceived: Int
    /// The service times of those that succeeded.
    package var histogram: LatencyHistogram
    /// The histogram behind `corrected`.
    package var correctedHistogram: LatencyHistogram

    /// Requests that ended, a second, however they did.
    package var requestsPerSecond: Double { seconds > 0 ? Double(counts.ended) / seconds : 0 }
}
