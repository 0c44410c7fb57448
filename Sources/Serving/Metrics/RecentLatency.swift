import LatencyHistograms
import Synchronization

/// The request rate, latency and errors of the last five minutes, for the console. Prometheus keeps the history.
///
/// Recording takes constant time, and the memory is bounded by the five minutes.
package final class RecentLatency: Sendable {
    /// How many seconds are kept.
    package static let span = 300

    /// The requests of a time window that ends now.
    package struct Summary: Sendable, Equatable, Codable {
        /// The length of the window; shorter than asked for while the service is younger than that.
        package var seconds: Double
        /// Requests answered, errors included.
        package var requests: Int
        /// Those that failed.
        package var errors: Int
        /// Requests answered per second.
        package var requestsPerSecond: Double
        /// The median latency of requests without an error, in seconds, exact to 1.6 % like the others; nil without any.
        package var p50: Double?
        /// Their 95th percentile.
        package var p95: Double?
        /// Their 99th percentile.
        package var p99: Double?
    }

    /// One second of the past, for charts.
    package struct Second: Sendable, Equatable, Codable {
        /// How many seconds ago it began; 0 is the current one, which is not over.
        package var age: Int
        /// Requests answered, errors included.
        package var requests: Int
        /// Those that failed.
        package var errors: Int
        /// The median latency of requests without an error, in seconds; nil without any.
        package var p50: Double?
        /// Their 95th percentile.
        package var p95: Double?
    }

    private struct Slot {
        var second = -1
        var errors = 0
        var durations = LatencyHistogram(layout: .compact)

        var requests: Int { durations.count + errors }
    }

    private let origin: ContinuousClock.Instant
    private let slots = Mutex([Slot](repeating: Slot(), count: RecentLatency.span))

    /// Starts at `origin` without requests.
    package init(origin: ContinuousClock.Instant = .now) {
        self.origin = origin
    }

    /// A request was answered at `now` after `seconds`. Durations of errors are not kept: rejections are quick, and would make an
    /// overloaded service look fast.
    package func record(seconds: Double, isError: Bool, at now: ContinuousClock.Instant = .now) {
        let second = second(of: now)
        slots.withLock { slots in
            let index = second % Self.span
            if slots[index].second < second { slots[index] = Slot(second: second) }
            // The slot belongs to a later second if the caller was delayed for minutes.
            guard slots[index].second == second else { return }
            if isError { slots[index].errors += 1 } else { slots[index].durations.record(seconds: seconds) }
        }
    }

    /// The last `window` seconds (1...300) before `now`.
    package func summary(window: Int, at now: ContinuousClock.Instant = .now) -> Summary {
        let window = min(max(1, window), Self.span), current = second(of: now)
        var durations = LatencyHistogram(layout: .compact), errors = 0
        for slot in kept() where slot.second > current - window && slot.second <= current {
            durations.merge(slot.durations)
            errors += slot.errors
        }
        // The window's last second counts for the part that has passed; a service's first second counts as a whole one.
        let age = max(0, origin.duration(to: now) / .seconds(1))
        let seconds = max(1, min(age, Double(window - 1) + age - age.rounded(.down)))
        let requests = durations.count + errors
        return Summary(
            seconds: seconds, requests: requests, errors: errors, requestsPerSecond: Double(requests) / seconds,
            p50: Self.seconds(durations, 50), p95: Self.seconds(durations, 95), p99: Self.seconds(durations, 99))
    }

    /// Each of the last `count` seconds (1...300) before `now`, oldest first.
    package func history(seconds count: Int, at now: ContinuousClock.Instant = .now) -> [Second] {
        let count = min(max(1, count), Self.span), current = second(of: now), slots = kept()
        return (0..<count).reversed().map { age in
            let second = current - age
            guard second >= 0, slots[second % Self.span].second == second else {
                return Second(age: age, requests: 0, errors: 0)
            }
            let slot = slots[second % Self.span]
            return Second(
                age: age, requests: slot.requests, errors: slot.errors, p50: Self.seconds(slot.durations, 50),
                p95: Self.seconds(slot.durations, 95))
        }
    }

    /// All slots, to be summed outside the lock. The array is shared until the next change, which copies only the counts of its own slot.
    private func kept() -> [Slot] { slots.withLock { $0 } }

    private static func seconds(_ durations: LatencyHistogram, _ percentile: Double) -> Double? {
        durations.bucket(atPercentile: percentile)?.middleSeconds
    }

    private func second(of now: ContinuousClock.Instant) -> Int { max(0, Int(origin.duration(to: now).components.seconds)) }
}
