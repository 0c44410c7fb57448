import Serving
import Synchronization
import Testing

@Suite struct RateLimitTests {
    private let start = ContinuousClock.now

    private func client(_ name: String) -> ClientIdentity { .key(name) }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test(arguments: [
        ("10/s", 10.0, 10, 1), ("600/min", 10.0, 600, 60), ("10/s,burst=20", 10.0, 20, 2), ("1/h", 1.0 / 3_600, 1, 3_600),
        ("3/min,burst=1", 0.05, 1, 20),
    ])
    func `a rate is read with its burst`(text: String, perSecond: Double, burst: Int, window: Int) throws {
        let limit = try RateLimit(text)
        #expect(abs(limit.perSecond - perSecond) < 1e-12)
        #expect(limit.burst == burst)
        #expect(limit.window == window)
    }

    @Test(arguments: [
        ("", "10/s"), ("10", "10/s"), ("10/s/s", "10/s"), ("0/s", "1 to 1000000"), ("-1/s", "1 to 1000000"),
        ("x/s", "1 to 1000000"),
        ("1000001/s", "1 to 1000000"), ("10/d", "s, min or h"), ("10/s,20", "burst="), ("10/s,burst=0", "burst="),
        ("10/s,burst=1,burst=2", "10/s"), ("+1/s", "1 to 1000000"),
    ])
    func `a wrong rate is refused with what would be right`(text: String, words: String) {
        let problem = #expect(throws: RateLimit.Problem.self) { try RateLimit(text) }
        #expect(problem?.description.contains(words) == true)
    }

    @Test func `a bucket gives its burst at once, and then one token at a time`() {
        var buckets = TokenBuckets(limit: RateLimit(requests: 2, seconds: 1, burst: 3))
        let first = (0..<3).map { _ in buckets.take(client("a"), at: start) }
        #expect(first.map(\.isAllowed) == [true, true, true])
        #expect(first.map(\.remaining) == [2, 1, 0])
        #expect(first.map(\.reset) == [1, 1, 2])
        let empty = buckets.take(client("a"), at: start)
        #expect(!empty.isAllowed)
        #expect((empty.remaining, empty.retryAfter, empty.reset) == (0, 1, 2))
        let soon = buckets.take(client("a"), at: at(0.4))
        #expect(!soon.isAllowed)
        let later = buckets.take(client("a"), at: at(0.5))
        #expect(later.isAllowed)
        let full = buckets.take(client("a"), at: at(3_600))
        #expect(full.remaining == 2)
    }

    @Test func `rejected requests cost no token, so that a client that sends too fast still gets its rate`() {
        var buckets = TokenBuckets(limit: RateLimit(requests: 1, seconds: 1))
        let allowed = (0..<100).count { buckets.take(client("a"), at: at(Double($0) / 10)).isAllowed }
        #expect(allowed == 10)
    }

    @Test func `the wait at a slow rate is in whole seconds`() {
        var buckets = TokenBuckets(limit: RateLimit(requests: 1, seconds: 60))
        _ = buckets.take(client("a"), at: start)
        let answer = buckets.take(client("a"), at: at(0.5))
        #expect(answer.retryAfter == 60)
        let nearly = buckets.take(client("a"), at: at(59))
        #expect(nearly.retryAfter == 1)
    }

    @Test func `clients do not share a bucket`() throws {
        var buckets = TokenBuckets(limit: RateLimit(requests: 1, seconds: 60))
        let address = ClientIdentity.address(try #require(IPAddress("192.0.2.1")))
        for client in [client("a"), client("b"), address, .local] {
            let first = buckets.take(client, at: start)
            let second = buckets.take(client, at: start)
            #expect(first.isAllowed)
            #expect(!second.isAllowed)
        }
    }

    @Test func `a clock that goes back counts as one that stands still`() {
        var buckets = TokenBuckets(limit: RateLimit(requests: 1, seconds: 1))
        _ = buckets.take(client("a"), at: at(10))
        let back = buckets.take(client("a"), at: at(0))
        #expect(!back.isAllowed)
    }

    @Test func `the number of buckets is bounded, and the least recently used one is dropped`() {
        var buckets = TokenBuckets(limit: RateLimit(requests: 1, seconds: 3_600), capacity: 3)
        for name in ["a", "b", "c"] { _ = buckets.take(client(name), at: start) }
        _ = buckets.take(client("a"), at: start)
        let newcomer = buckets.take(client("d"), at: start)
        #expect(newcomer.isAllowed)
        #expect(buckets.count == 3)
        let kept = ["a", "c", "d"].map { buckets.take(client($0), at: start).isAllowed }
        #expect(kept == [false, false, false])
        let forgotten = buckets.take(client("b"), at: start)
        #expect(forgotten.isAllowed)
        #expect(buckets.count == 3)
    }

    @Test func `many clients do not make the table grow`() {
        var buckets = TokenBuckets(limit: RateLimit(requests: 1, seconds: 1), capacity: 100)
        for index in 0..<5_000 { _ = buckets.take(client("c\(index % 257)"), at: at(Double(index))) }
        #expect(buckets.count == 100)
    }

    @Test func `a limiter takes the time from its clock`() {
        let start = start
        let time = SecondsByHand(seconds: 0)
        let limiter = RateLimiter(limit: RateLimit(requests: 1, seconds: 1)) { start.advanced(by: .seconds(time.seconds)) }
        #expect(limiter.take(client("a")).isAllowed)
        #expect(!limiter.take(client("a")).isAllowed)
        time.seconds = 1
        #expect(limiter.take(client("a")).isAllowed)
    }
}

/// A time that a test sets.
private final class SecondsByHand: Sendable {
    private let value: Mutex<Double>
    init(seconds: Double) { value = Mutex(seconds) }
    var seconds: Double {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
