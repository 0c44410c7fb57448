import Serving
import Testing

@Suite struct RecentLatencyTests {
    private let origin = ContinuousClock.now
    private let recent: RecentLatency

    init() { recent = RecentLatency(origin: origin) }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { origin + .seconds(seconds) }

    @Test func `percentiles are exact to two per cent at every scale`() throws {
        for scale in [0.000_1, 0.003, 0.05, 1.0, 40.0] {
            let recent = RecentLatency(origin: origin)
            for step in 1...1_000 { recent.record(seconds: scale * Double(step) / 1_000, isError: false, at: at(1)) }
            let summary = recent.summary(window: 60, at: at(2))
            for (value, share) in [(summary.p50, 0.5), (summary.p95, 0.95), (summary.p99, 0.99)] {
                let value = try #require(value), truth = scale * share
                #expect(abs(value - truth) <= truth * 0.02 + 1e-6, "\(value) for \(truth)")
            }
        }
    }

    @Test func `one request is every percentile`() throws {
        recent.record(seconds: 0.25, isError: false, at: at(0.5))
        let summary = recent.summary(window: 60, at: at(0.6))
        #expect(summary.p50 == summary.p99)
        #expect(abs(try #require(summary.p50) - 0.25) < 0.005)
        #expect(summary.requests == 1)
        #expect(summary.seconds == 1)
    }

    @Test func `durations outside the range are clamped to it`() throws {
        for seconds in [-1, 0, Double.infinity, 1e9] { recent.record(seconds: seconds, isError: false, at: at(1)) }
        recent.record(seconds: .nan, isError: false, at: at(1))
        let summary = recent.summary(window: 60, at: at(1))
        #expect(summary.requests == 4)
        #expect(try #require(summary.p50) < 1e-5)
        #expect(try #require(summary.p99) > 1_000)
    }

    @Test func `a window contains exactly its own requests`() {
        for second in 0..<400 { recent.record(seconds: 0.1, isError: second % 10 == 0, at: at(Double(second) + 0.5)) }
        let now = at(399.5)
        let minute = recent.summary(window: 60, at: now), minutes = recent.summary(window: 300, at: now)
        #expect(minute.requests == 60)
        #expect(minute.errors == 6)
        #expect(minute.seconds == 59.5)
        #expect(abs(minute.requestsPerSecond - 60 / 59.5) < 1e-9)
        #expect(minutes.requests == 300)
        #expect(minutes.errors == 30)
        #expect(recent.summary(window: 60, at: at(2_000)).requests == 0)
        #expect(recent.summary(window: 60, at: at(2_000)).p95 == nil)
    }

    @Test func `errors do not make the service look fast`() throws {
        recent.record(seconds: 2, isError: false, at: at(1))
        for _ in 0..<100 { recent.record(seconds: 0.001, isError: true, at: at(1)) }
        let summary = recent.summary(window: 60, at: at(10))
        #expect(summary.requests == 101)
        #expect(summary.errors == 100)
        #expect(try #require(summary.p50) > 1.9)
    }

    @Test func `the rate of a young service is computed over its age`() {
        for _ in 0..<30 { recent.record(seconds: 0.1, isError: false, at: at(1)) }
        #expect(recent.summary(window: 60, at: at(10)).requestsPerSecond == 3)
    }

    @Test func `a report that is minutes late does not change later seconds`() {
        recent.record(seconds: 0.1, isError: false, at: at(310))
        recent.record(seconds: 0.1, isError: false, at: at(10))
        #expect(recent.summary(window: 300, at: at(310)).requests == 1)
    }

    @Test func `the history has each second, oldest first`() {
        recent.record(seconds: 0.1, isError: false, at: at(3.2))
        recent.record(seconds: 0.1, isError: true, at: at(5.2))
        let history = recent.history(seconds: 8, at: at(6))
        #expect(history.map(\.age) == [7, 6, 5, 4, 3, 2, 1, 0])
        #expect(history.map(\.requests) == [0, 0, 0, 0, 1, 0, 1, 0])
        #expect(history.map(\.errors) == [0, 0, 0, 0, 0, 0, 1, 0])
        #expect(history[4].p95 != nil)
        #expect(history[6].p95 == nil)
    }

    @Test func `many tasks record at once and nothing is lost`() async {
        let recent = recent, now = at(1)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for index in 0..<1_000 {
                        recent.record(seconds: Double(index) / 1_000, isError: task == 0, at: now)
                        if index % 500 == 0 { _ = recent.summary(window: 60, at: now) }
                    }
                }
            }
        }
        let summary = recent.summary(window: 60, at: now)
        #expect(summary.requests == 8_000)
        #expect(summary.errors == 1_000)
    }
}

@Suite struct RecentErrorsTests {
    @Test func `the latest errors are kept, the latest first, with truncated messages`() {
        let errors = RecentErrors(limit: 3)
        for number in 1...5 { errors.record(route: "/r", status: 500 + number, message: "m", requestID: "\(number)") }
        #expect(errors.latest.map(\.status) == [505, 504, 503])
        errors.record(route: "/r", status: 400, message: String(repeating: "é", count: 1_000))
        #expect(errors.latest.first?.message.count == 300)
    }

    @Test func `many tasks record at once within the bound`() async {
        let errors = RecentErrors()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<100 { errors.record(route: "/", status: 503, message: "full") } }
            }
        }
        #expect(errors.latest.count == 50)
    }
}
