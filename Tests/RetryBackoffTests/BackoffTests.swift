import RetryBackoff
import Testing

@Suite struct BackoffTests {
    @Test func `delays double up to the maximum`() {
        var backoff = Backoff(initial: .milliseconds(50), maximum: .seconds(2))
        let delays = (0..<8).map { _ in backoff.nextDelay() }
        #expect(delays == [50, 100, 200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) })
    }

    @Test func `a reset begins again with the initial delay`() {
        var backoff = Backoff(initial: .seconds(1), maximum: .seconds(60))
        for _ in 0..<5 { _ = backoff.nextDelay() }
        #expect(backoff.failures == 5)
        backoff.reset()
        #expect(backoff.failures == 0)
        #expect(backoff.nextDelay() == .seconds(1))
    }

    @Test func `jitter multiplies the delay by a factor from its range`() {
        for (random, delay) in [(0.0, 750), (0.5, 1_000), (1.0, 1_250), (-3, 750), (7, 1_250)] {
            var backoff = Backoff(initial: .seconds(1), maximum: .seconds(60), jitter: 0.75...1.25)
            #expect(backoff.nextDelay(random: random) == .milliseconds(delay))
        }
    }

    @Test func `any number of failures keeps to the maximum`() {
        var backoff = Backoff(initial: .seconds(1), maximum: .seconds(30), jitter: 0.5...1)
        for _ in 0..<1_000 { #expect(backoff.nextDelay() <= .seconds(30)) }
    }
}
