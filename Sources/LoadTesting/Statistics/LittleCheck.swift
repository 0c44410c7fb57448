/// A step's throughput compared with Little's law: with N users, response time R and think time Z, X = N ÷ (R + Z).
package struct LittleCheck: Codable, Sendable, Equatable {
    /// What limits the throughput, as far as the law shows.
    package enum Limit: String, Codable, Sendable {
        /// Think time: a faster service would get no more requests.
        case thinkTime = "think time"
        /// The number of users: responses are as fast as for a single user, so more users would get a higher throughput.
        case users
    }

    /// N ÷ (R + Z) with the R measured in this step: the throughput cannot be higher.
    package var bound: Double
    /// N ÷ (R₀ + Z) with the R₀ of the lightest step: what these users would get from a service that load does not slow down.
    package var unloadedBound: Double?
    /// False if the measured rate is above `bound` or far below it: then one of the figures is wrong.
    package var isConsistent: Bool
    /// nil where the service is what limits, or may be.
    package var limit: Limit?
    /// A sentence about it; nil for none.
    package var remark: String?
}

extension LittleCheck {
    /// How far the measured rate may be above the bound: starts and ends do not fall into the same window.
    private static let tolerance = 0.05
    /// How near to the unloaded bound the rate must be for the service not to be what limits.
    private static let nearness = 0.9

    /// Checks a step; nil where it has no users or nothing ended. `meanLatency` is of all that ended, in seconds.
    package init?(_ step: StepSummary, meanLatency: Double, unloadedLatency: Double?) {
        guard let users = step.users, users > 0, step.counts.ended > 0, step.seconds > 0 else { return nil }
        let wait = step.meanWait ?? 0, cycle = meanLatency + wait
        guard cycle > 0 else { return nil }
        let rate = step.requestsPerSecond
        bound = Double(users) / cycle
        unloadedBound = unloadedLatency.map { Double(users) / max(1e-9, $0 + wait) }
        // A window contains whole requests: one more or less per user is no error.
        let slack = Self.tolerance * bound + Double(users) / step.seconds
        let isAbove = rate > bound + slack, isBelow = rate < bound - 2 * slack
        isConsistent = !isAbove && !isBelow
        // Without a lighter step: the throughput of a service that responds at once.
        let best = unloadedBound ?? (wait > 0 ? Double(users) / wait : .infinity)
        let isUnloaded = rate >= Self.nearness * best
        limit = isConsistent && isUnloaded ? (wait >= (unloadedLatency ?? 0) ? .thinkTime : .users) : nil
        remark = Self.remark(isAbove: isAbove, isBelow: isBelow, limit: limit, users: users, bound: bound, wait: wait)
    }

    private static func remark(
        isAbove: Bool, isBelow: Bool, limit: Limit?, users: Int, bound: Double, wait: Double
    ) -> String? {
        let most = "\(users) users ÷ (latency + wait) is \(Decimals.text(bound)) a second"
        if isAbove { return "inconsistent: \(most), but more was measured" }
        if isBelow { return "inconsistent: \(most), but much less was measured; not all users were active" }
        switch limit {
        case .thinkTime:
            return "limited by think time: users wait \(Decimals.text(wait)) s between requests; the service could handle more"
        case .users: return "limited by the number of users: the service could handle more"
        case nil: return nil
        }
    }
}
