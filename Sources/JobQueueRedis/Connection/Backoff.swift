/// When to try a connection again: after 50 ms, then twice as long each time, up to 2 s; each wait is shortened by up to half at
/// random, so that many processes do not come back in step.
struct Backoff: Sendable {
    static let shortest: Duration = .milliseconds(50)
    static let longest: Duration = .seconds(2)

    private var failures = 0
    private var nextTry: ContinuousClock.Instant?
    /// Why the last try failed.
    private(set) var reason = ""

    /// Whether it is too early for another try.
    func holds(at now: ContinuousClock.Instant) -> Bool { nextTry.map { now < $0 } ?? false }

    /// A try has failed; `luck` is a number from 0 to 1.
    mutating func fail(_ reason: String, at now: ContinuousClock.Instant, luck: Double) {
        self.reason = reason
        let wait = min(Self.shortest * (1 << min(failures, 10)), Self.longest)
        nextTry = now + wait * (1 - luck / 2)
        failures += 1
    }

    /// The connection works.
    mutating func succeed() { self = Backoff() }
}
