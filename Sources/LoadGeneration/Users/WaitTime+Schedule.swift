extension WaitTime {
    /// When the next request is due, in nanoseconds; nil for at once.
    ///
    /// - Parameters:
    ///   - due: when the last one was due (with pacing the schedule goes on from there, so that it does not drift).
    ///   - end: when the last one ended.
    package func next(due: UInt64, end: UInt64, random: inout SeededRandom) -> UInt64? {
        switch self {
        case .none: return nil
        case .constant(let seconds): return end + Self.nanoseconds(seconds)
        case .between(let low, let high): return end + Self.nanoseconds(low + (high - low) * random.unit())
        case .pacing(let seconds):
            // Who is late begins a new schedule: as in Locust, what was missed is not made up for.
            let next = due + Self.nanoseconds(seconds)
            return next > end ? next : nil
        }
    }

    /// What is wrong with the times, as a sentence; nil if nothing.
    package var fault: String? {
        let seconds: [Double] =
            switch self {
            case .none: []
            case .constant(let one), .pacing(let one): [one]
            case .between(let low, let high): [low, high]
            }
        guard seconds.allSatisfy({ $0.isFinite && (0...86_400).contains($0) }) else {
            return "A wait is between 0 and 86400 seconds."
        }
        if case .between(let low, let high) = self, low > high {
            return "A wait from \(low) to \(high) seconds ends before it begins."
        }
        return nil
    }

    private static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }
}
