import Synchronization

/// The rate limit of one client: a number of requests per time on average, and a number of requests at once.
package struct RateLimit: Sendable, Equatable {
    /// Why a text is not a rate limit, in a sentence.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The sentence.
        package var description: String
    }

    /// Tokens that return to the bucket per second.
    package let perSecond: Double
    /// Tokens of a full bucket.
    package let burst: Int

    /// Creates a limit of `requests` in `seconds`, with as many at once unless `burst` says otherwise. All are positive.
    package init(requests: Int, seconds: Int, burst: Int? = nil) {
        perSecond = Double(requests) / Double(seconds)
        self.burst = burst ?? requests
    }

    /// Reads `10/s`, `600/min` or `1000/h`, optionally followed by `,burst=N`. The default burst is the number before the slash.
    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let rate = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard rate.count == 2, parts.count <= 2 else {
            throw Self.problem(text, "write a rate such as 10/s, 600/min or 10/s,burst=20.")
        }
        guard let requests = Self.count(rate[0]) else {
            throw Self.problem(text, "the number before the slash must be 1 to 1000000.")
        }
        let seconds: Int
        switch rate[1] {
        case "s": seconds = 1
        case "min": seconds = 60
        case "h": seconds = 3_600
        default: throw Self.problem(text, "the unit after the slash must be s, min or h.")
        }
        var burst: Int?
        if parts.count == 2 {
            guard parts[1].hasPrefix("burst="), let given = Self.count(parts[1].dropFirst(6)) else {
                throw Self.problem(text, "after the comma, write burst= and a number from 1 to 1000000.")
            }
            burst = given
        }
        self.init(requests: requests, seconds: seconds, burst: burst)
    }

    /// Seconds in which an empty bucket fills, rounded up.
    package var window: Int { Int((Double(burst) / perSecond).rounded(.up)) }

    private static func count(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text), (1...1_000_000).contains(count) else {
            return nil
        }
        return count
    }

    private static func problem(_ text: String, _ message: String) -> Problem {
        Problem(description: "'\(text.prefix(40))' is not a rate limit: \(message)")
    }
}

/// Applies a rate limit to each client separately.
package final class RateLimiter: Sendable {
    /// The limit.
    package let limit: RateLimit
    private let buckets: Mutex<TokenBuckets>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Creates a limiter that tracks up to `capacity` clients and takes the time from `now`.
    package init(
        limit: RateLimit, capacity: Int = 100_000,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.limit = limit
        self.now = now
        buckets = Mutex(TokenBuckets(limit: limit, capacity: capacity))
    }

    /// Decides on a request of `client`, and counts it if it is allowed.
    package func take(_ client: ClientIdentity) -> TokenBuckets.Decision {
        let now = now()
        return buckets.withLock { $0.take(client, at: now) }
    }
}

/// The token buckets of all clients, as a value without a clock. A bucket holds `burst` tokens, which return at the limit's rate; a
/// request costs one.
///
/// At most `capacity` buckets are kept. Beyond that the least recently used one is dropped, which is almost always a full one.
package struct TokenBuckets: Sendable {
    /// The decision on a request.
    package struct Decision: Sendable, Equatable {
        /// Whether there was a token.
        package var isAllowed: Bool
        /// Whole tokens that are left.
        package var remaining: Int
        /// Seconds until the next token, rounded up; 0 while there is one.
        package var retryAfter: Int
        /// Seconds until the bucket is full again, rounded up.
        package var reset: Int
    }

    private struct Bucket {
        var tokens: Double
        var updated: ContinuousClock.Instant
    }

    private let limit: RateLimit
    private var buckets: LRUCache<ClientIdentity, Bucket>

    /// Creates buckets that are all full; at least one is kept.
    package init(limit: RateLimit, capacity: Int = 100_000) {
        self.limit = limit
        buckets = LRUCache(limit: max(1, capacity))
    }

    /// The number of buckets kept.
    package var count: Int { buckets.count }

    /// Decides on a request of `client`.
    package mutating func take(_ client: ClientIdentity, at now: ContinuousClock.Instant) -> Decision {
        let bucket = buckets.value(for: client) ?? Bucket(tokens: Double(limit.burst), updated: now)
        let elapsed = max(0, bucket.updated.duration(to: now) / .seconds(1))
        var tokens = min(Double(limit.burst), bucket.tokens + elapsed * limit.perSecond)
        // Sums of many small amounts come out slightly below the whole number.
        let isAllowed = tokens >= 1 - 1e-9
        if isAllowed { tokens = max(0, tokens - 1) }
        buckets.insert(Bucket(tokens: tokens, updated: now), for: client, cost: 1)
        return Decision(
            isAllowed: isAllowed,
            remaining: Int(tokens + 1e-9),
            retryAfter: tokens >= 1 - 1e-9 ? 0 : seconds(until: 1, from: tokens),
            reset: seconds(until: Double(limit.burst), from: tokens))
    }

    private func seconds(until level: Double, from tokens: Double) -> Int {
        Int(((level - tokens) / limit.perSecond - 1e-6).rounded(.up))
    }
}
