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
