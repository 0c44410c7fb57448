import LatencyHistograms
import Synchronization

/// How the service did in the last minutes: requests a second, their durations, errors. For the console, which shows the present;
/// what is to be kept is Prometheus' to keep.
///
/// Recording takes the same short time however much there is; the memory is bounded by the five minutes that it looks back.
package final class RecentLatency: Sendable {
    /// Seconds that are kept.
    package static let span = 300

    /// The requests of a window that ends now.
    package struct Summary: Sendable, Equatable, Codable {
        /// Length of the window; shorter than asked for while the service is younger than that.
        package var seconds: Double
        /// Requests answered, errors included.
        package var requests: Int
        /// Those that failed.
        package var errors: Int
        /// Requests answered in a second.
        package var requestsPerSecond: Double
        /// Seconds that half of the answers without an error took at most; nil without any. Right within 1.6 %, as are the others.
        package var p50: Double?
        /// Seconds that 95 % of them took at most.
        package var p95: Double?
        /// Seconds that 99 % of them took at most.
        package var p99: Double?
    }

    /// One second of the past, for charts.
    package struct Moment: Sendable, Equatable, Codable {
        /// How many seconds ago it began; 0 is the present one, which is not over.
        package var age: Int
        /// Requests answered, errors included.
        package var requests: Int
        /// Those that failed.
        package var errors: Int
        /// Seconds that half of the answers without an error took at most; nil without any.
        package var p50: Double?
        /// Seconds that 95 % of them took at most.
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

    /// Begins at `origin`, with nothing.
    package init(origin: ContinuousClock.Instant = .now) {
        self.origin = origin
    }

    /// A request was answered at `now`, after so many seconds. Durations of errors are not kept: refusals are quick, and would
    /// make an overloaded service look fast.
    package func record(seconds: Double, isError: Bool, at now: ContinuousClock.Instant = .now) {
        let second = second(of: now)
        slots.withLock { slots in
            let index = second % Self.span
            if slots[index].second < second { slots[index] = Slot(second: second) }
            // The slot may belong to a later second if the caller was held up for minutes.
            guard slots[index].second == second else { return }
            if isError { slots[index].errors += 1 } else { slots[index].durations.record(seconds: seconds) }
        }
    }

    /// The last `window` seconds (1…300) before `now`.
    package func summary(window: Int, at now: ContinuousClock.Instant = .now) -> Summary {
        let window = min(max(1, window), Self.span), current = second(of: now)
        var durations = LatencyHistogram(layout: .compact), errors = 0
        for slot in kept() where slot.second > current - window && slot.second <= current {
            durations.merge(slot.durations)
            errors += slot.errors
        }
        // The window's last second is not over, so it counts as far as it has come; a service's first second counts as whole.
        let age = max(0, origin.duration(to: now) / .seconds(1))
        let seconds = max(1, min(age, Double(window - 1) + age - age.rounded(.down)))
        let requests = durations.count + errors
        return Summary(
            seconds: seconds, requests: requests, errors: errors, requestsPerSecond: Double(requests) / seconds,
            p50: Self.seconds(durations, 50), p95: Self.seconds(durations, 95), p99: Self.seconds(durations, 99))
    }

    /// Each of the last `count` seconds (1…300) before `now`, oldest first.
    package func history(seconds count: Int, at now: ContinuousClock.Instant = .now) -> [Moment] {
        let count = min(max(1, count), Self.span), current = second(of: now), slots = kept()
        return (0..<count).reversed().map { age in
            let second = current - age
            guard second >= 0, slots[second % Self.span].second == second else {
                return Moment(age: age, requests: 0, errors: 0)
            }
            let slot = slots[second % Self.span]
            return Moment(
                age: age, requests: slot.requests, errors: slot.errors, p50: Self.seconds(slot.durations, 50),
                p95: Self.seconds(slot.durations, 95))
        }
    }

    private static func seconds(_ durations: LatencyHistogram, _ percentile: Double) -> Double? {
        durations.bucket(atPercentile: percentile)?.middleSeconds
    }

    /// All slots, to be summed up outside the lock: the array is shared until the next change, which copies no more than its own slot's counts.
    private func kept() -> [Slot] { slots.withLock { $0 } }

    private func second(of now: ContinuousClock.Instant) -> Int { max(0, Int(origin.duration(to: now).components.seconds)) }
}
