/// Who decides when the next request starts.
package enum LoadModel: Sendable, Hashable {
    /// A number of users, each of whom waits for its answer and then a while: a slow server slows the load down.
    case closed(WaitTime)
    /// Arrivals come at their rate whether or not earlier ones were answered. At most `maximumInFlight` requests are out at
    /// once; an arrival beyond that is dropped and counted.
    case open(Arrivals, maximumInFlight: Int)
}

/// What a user of the closed model does between an answer and the next request. Seconds.
package enum WaitTime: Sendable, Hashable {
    /// Ask again at once.
    case none
    /// Always as long.
    case constant(Double)
    /// Anything between the two with the same probability, as Locust's `between`.
    case between(Double, Double)
    /// Start every so many seconds, however long the answer takes; at once if it took longer. Locust's `constant_pacing`.
    case pacing(Double)

    /// The mean wait that a user adds to an answer that took `latency` seconds (for Little's law).
    package func mean(latency: Double) -> Double {
        switch self {
        case .none: 0
        case .constant(let seconds): seconds
        case .between(let low, let high): (low + high) / 2
        case .pacing(let seconds): max(0, seconds - latency)
        }
    }
}

/// How arrivals of the open model lie in time.
package enum Arrivals: String, Sendable, CaseIterable {
    /// As people come who know nothing of each other: exponential gaps.
    case poisson
    /// Evenly, one every 1/rate seconds.
    case even
}
