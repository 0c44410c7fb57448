/// How many pictures may still be decoded: a bucket that fills at a rate and holds at most a second's worth (at least one).
package struct DecodeBudget {
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: UInt64

    /// A full bucket. Times are nanoseconds of a monotonic clock.
    package init(perSecond: Double, now: UInt64) {
        self.perSecond = perSecond
        tokens = max(1, perSecond)
        filledAt = now
    }

    /// Takes a turn, if there is one.
    package mutating func take(now: UInt64) -> Bool {
        guard perSecond.isFinite else { return true }
        guard perSecond > 0 else { return false }
        tokens = min(max(1, perSecond), tokens + Double(now - min(now, filledAt)) / 1e9 * perSecond)
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
