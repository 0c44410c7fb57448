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
