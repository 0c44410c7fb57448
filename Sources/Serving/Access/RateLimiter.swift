import Synchronization

/// Holds clients to a rate limit, each by itself.
package final class RateLimiter: Sendable {
    /// The limit.
    package let limit: RateLimit
    private let buckets: Mutex<TokenBuckets>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Holds clients to `limit`. It remembers `capacity` of them, and takes the time from `now`.
    package init(
        limit: RateLimit, capacity: Int = 100_000,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.limit = limit
        self.now = now
        buckets = Mutex(TokenBuckets(limit: limit, capacity: capacity))
    }

    /// A client makes a request; if it is allowed, it is counted.
    package func take(_ client: ClientIdentity) -> TokenBuckets.Answer {
        let now = now()
        return buckets.withLock { $0.take(client, at: now) }
    }
}

/// How much one client may ask for: so many requests in a time on average, and so many at once.
package struct RateLimit: Sendable, Equatable {
    /// Why a text is no rate, in a sentence.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The sentence.
        package var description: String
    }

    /// Requests a second that come back into the bucket.
    package let perSecond: Double
    /// Requests that a full bucket holds.
    package let burst: Int

    /// Makes a rate of `requests` in `seconds`, with as many at once unless `burst` says otherwise. All are positive.
    package init(requests: Int, seconds: Int, burst: Int? = nil) {
        perSecond = Double(requests) / Double(seconds)
        self.burst = burst ?? requests
    }

    /// Reads `10/s`, `600/min` or `1000/h`, with `,burst=N` for what may come at once; without it, as many as the time's whole
    /// share (600 for `600/min`).
    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let rate = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard rate.count == 2, parts.count <= 2 else { throw Self.problem(text, "write it like 10/s, 600/min or 10/s,burst=20.") }
        guard let requests = Self.count(rate[0]) else {
            throw Self.problem(text, "the number before the slash is 1 to 1000000.")
        }
        let seconds: Int
        switch rate[1] {
        case "s": seconds = 1
        case "min": seconds = 60
        case "h": seconds = 3_600
        default: throw Self.problem(text, "the time after the slash is s, min or h.")
        }
        var burst: Int?
        if parts.count == 2 {
            guard parts[1].hasPrefix("burst="), let given = Self.count(parts[1].dropFirst(6)) else {
                throw Self.problem(text, "after the comma comes burst= and a number from 1 to 1000000.")
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
        Problem(description: "'\(text.prefix(40))' is no rate limit: \(message)")
    }
}

/// The token buckets of all clients: a value without a clock. Each client has `burst` tokens, which come back at the
/// limit's rate; a request costs one.
///
/// No more than `capacity` buckets are kept; beyond that the one that has not been asked for longest is forgotten, which is
/// as good as full.
package struct TokenBuckets: Sendable {
    /// What a bucket says to a request.
    package struct Answer: Sendable, Equatable {
        /// Whether there was a token.
        package var isAllowed: Bool
        /// Whole tokens that are left.
        package var remaining: Int
        /// Seconds until there is one again, rounded up; 0 while there is one.
        package var retryAfter: Int
        /// Seconds until the bucket is full again, rounded up.
        package var reset: Int
    }

    private struct Bucket {
        var client: ClientIdentity
        var tokens: Double
        var filled: ContinuousClock.Instant
        // Neighbours in the order of use, as indices; `none` at the ends.
        var older: Int
        var newer: Int
    }

    private static let none = -1

    private let limit: RateLimit
    private let capacity: Int
    private var buckets: [Bucket] = []
    private var indices: [ClientIdentity: Int] = [:]
    private var oldest = none
    private var newest = none

    /// Makes full buckets for everybody; at least one can be kept.
    package init(limit: RateLimit, capacity: Int = 100_000) {
        self.limit = limit
        self.capacity = max(1, capacity)
    }

    /// How many buckets are kept.
    package var count: Int { buckets.count }

    /// A client makes a request.
    package mutating func take(_ client: ClientIdentity, at now: ContinuousClock.Instant) -> Answer {
        let index = use(client, at: now)
        let elapsed = max(0, buckets[index].filled.duration(to: now) / .seconds(1))
        var tokens = min(Double(limit.burst), buckets[index].tokens + elapsed * limit.perSecond)
        // Sums of many small parts come out a little short of the whole.
        let isAllowed = tokens >= 1 - 1e-9
        if isAllowed { tokens = max(0, tokens - 1) }
        buckets[index].tokens = tokens
        buckets[index].filled = now
        return Answer(
            isAllowed: isAllowed,
            remaining: Int(tokens + 1e-9),
            retryAfter: tokens >= 1 - 1e-9 ? 0 : seconds(until: 1, from: tokens),
            reset: seconds(until: Double(limit.burst), from: tokens))
    }

    private func seconds(until level: Double, from tokens: Double) -> Int {
        Int(((level - tokens) / limit.perSecond - 1e-6).rounded(.up))
    }

    /// The index of a client's bucket, which becomes the newest.
    private mutating func use(_ client: ClientIdentity, at now: ContinuousClock.Instant) -> Int {
        if let index = indices[client] {
            unlink(index)
            link(index)
            return index
        }
        let bucket = Bucket(client: client, tokens: Double(limit.burst), filled: now, older: Self.none, newer: Self.none)
        let index: Int
        if buckets.count < capacity {
            index = buckets.count
            buckets.append(bucket)
        } else {
            index = oldest
            unlink(index)
            indices[buckets[index].client] = nil
            buckets[index] = bucket
        }
        indices[client] = index
        link(index)
        return index
    }

    private mutating func unlink(_ index: Int) {
        let (older, newer) = (buckets[index].older, buckets[index].newer)
        if older == Self.none { oldest = newer } else { buckets[older].newer = newer }
        if newer == Self.none { newest = older } else { buckets[newer].older = older }
    }

    private mutating func link(_ index: Int) {
        buckets[index].older = newest
        buckets[index].newer = Self.none
        if newest == Self.none { oldest = index } else { buckets[newest].newer = index }
        newest = index
    }
}
