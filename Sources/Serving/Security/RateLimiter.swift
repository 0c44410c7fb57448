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
