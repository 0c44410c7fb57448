import LatencyHistograms
package import LoadGeneration
package import Foundation
package import LoadGeneration

/// The number of requests by outcome.
package struct OutcomeCounts: Codable, Sendable, Equatable {
    /// Requests that began.
    package var started: Int
    /// Responses that passed every check.
    package var succeeded: Int
    /// Requests that the target queued (202).
    package var queued: Int
    /// All others that ended.
    package var failed: Int
    /// Scheduled starts that were dropped because too many requests were in flight.
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
    /// The share of failures among those that ended, 0…1.
    package var errorRate: Double { ended > 0 ? Double(failed) / Double(ended) : 0 }
}

/// One of the plan's requests in a step, or in the whole run.
package struct RequestSummary: Codable, Sendable {
    /// Method and name.
    package var label: RequestLabel
    /// The number of requests by outcome.
    package var counts: OutcomeCounts
    /// Requests that ended, a second.
    package var perSecond: Double
    /// Failures a second.
    package var failuresPerSecond: Double
    /// Of those that succeeded.
    package var service: LatencySummary
    /// Of all that ended, as Locust counts; from the actual start.
    package var all: LatencySummary
    /// Bytes of all responses.
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
    /// The detail of one of them.
    package var sample: String?
    /// When it was first seen.
    package var firstSeen: Date
    /// When it was last seen.
    package var lastSeen: Date
}

extension RequestSummary {
    /// One for each label of a window of `seconds`.
    package static func of(_ window: WindowCounts, seconds: Double) -> [RequestSummary] {
        zip(window.labels, window.requests).map { RequestSummary(label: $0, counts: $1, seconds: seconds) }
    }

    /// All requests of a window of `seconds` together, under the name that Locust gives them.
    package static func total(of window: WindowCounts, seconds: Double) -> RequestSummary {
        RequestSummary(label: aggregated, counts: window.sum, seconds: seconds)
    }

    /// The summary of a run without requests.
    static var nothing: RequestSummary { RequestSummary(label: aggregated, counts: RequestCounts(), seconds: 0) }

    private static let aggregated = RequestLabel(method: "", name: "Aggregated")

    private init(label: RequestLabel, counts: RequestCounts, seconds: Double) {
        var all = counts.service
        all.merge(counts.otherService)
        self.init(
            label: label,
            counts: OutcomeCounts(
                started: counts.ended, succeeded: counts.succeeded, queued: counts.queued, failed: counts.failed),
            perSecond: seconds > 0 ? Double(counts.ended) / seconds : 0,
            failuresPerSecond: seconds > 0 ? Double(counts.failed) / seconds : 0,
            service: LatencySummary(counts.service), all: LatencySummary(all), bytesReceived: counts.bytesReceived,
            bytesSent: counts.bytesSent)
    }
}

extension FailureSummary {
    /// A window's failures, most frequent first. `started` is the time of day when the monotonic clock read `startedUptime` nanoseconds.
    package static func of(_ window: WindowCounts, started: Date, startedUptime: UInt64) -> [FailureSummary] {
        func date(_ uptime: UInt64) -> Date {
            started + (Double(uptime) - Double(startedUptime)) / 1e9
        }
        let all = zip(window.labels, window.requests).flatMap { label, counts in
            counts.failures.groups.map { cause, group in
                FailureSummary(
                    label: label, cause: cause, count: group.count, sample: group.sample, firstSeen: date(group.firstSeen),
                    lastSeen: date(group.lastSeen))
            }
        }
        return all.sorted { ($1.count, $0.label.name, $0.cause.name) < ($0.count, $1.label.name, $1.cause.name) }
    }
}
