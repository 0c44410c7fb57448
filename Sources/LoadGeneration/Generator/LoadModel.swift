/// Who decides when the next request starts.
package enum LoadModel: Sendable, Hashable {
    /// Closed model: each virtual user waits for its response and then for a think time, so a slow server slows the load down.
    case closed(WaitTime)
    /// Open model: arrivals come at their rate whether or not earlier requests were answered. At most `maximumInFlight` requests are in
    /// flight at once; an arrival beyond that is dropped and counted.
    case open(Arrivals, maximumInFlight: Int)
}

/// The think time of a virtual user between a response and the next request, in seconds.
package enum WaitTime: Sendable, Hashable {
    /// The next request starts at once.
    case none
    /// A fixed time.
    case constant(Double)
    /// A time between the two, uniformly distributed; Locust's `between`.
    case between(Double, Double)
    /// A request every so many seconds, or at once if the last one took longer; Locust's `constant_pacing`.
    case pacing(Double)

    /// The mean think time after a response that took `latency` seconds (for Little's law).
    package func mean(latency: Double) -> Double {
        switch self {
        case .none: 0
        case .constant(let seconds): seconds
        case .between(let low, let high): (low + high) / 2
        case .pacing(let seconds): max(0, seconds - latency)
        }
    }

    /// When the next request is due, in nanoseconds; nil for at once.
    ///
    /// - Parameters:
    ///   - due: when the last one was due; pacing continues from there, so that it does not drift.
    ///   - end: when the last one ended.
    package func next(due: UInt64, end: UInt64, random: inout SeededRandom) -> UInt64? {
        switch self {
        case .none: return nil
        case .constant(let seconds): return end + Self.nanoseconds(seconds)
        case .between(let low, let high): return end + Self.nanoseconds(low + (high - low) * random.unit())
        case .pacing(let seconds):
            // A user that is late starts a new schedule: as in Locust, missed requests are not made up for.
            let next = due + Self.nanoseconds(seconds)
            return next > end ? next : nil
        }
    }

    /// What is wrong with the times, as a sentence; nil if nothing.
    package var problem: String? {
        let seconds: [Double] =
            switch self {
            case .none: []
            case .constant(let one), .pacing(let one): [one]
            case .between(let low, let high): [low, high]
            }
        guard seconds.allSatisfy({ $0.isFinite && (0...86_400).contains($0) }) else {
            return "A wait time is between 0 and 86400 seconds."
        }
        if case .between(let low, let high) = self, low > high {
            return "A wait time from \(low) to \(high) seconds ends before it begins."
        }
        return nil
    }

    private static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }
}

/// How the arrivals of the open model are distributed in time.
package enum Arrivals: String, Sendable, CaseIterable {
    /// Independent of each other: exponentially distributed gaps.
    case poisson
    /// Evenly, one every 1/rate seconds.
    case even
}
