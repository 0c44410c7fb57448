import Foundation
import LoadGeneration
import LoadTestFixtures
import LoadTesting
import Testing

struct StepCollectorTests {
    private let label = RequestLabel(method: "POST", name: "/api/predict")

    private func collector(users: Int? = 10, wait: Double? = nil) -> StepCollector {
        StepCollector(
            labels: [label],
            conditions: StepConditions(label: "10 users", users: users, started: Date(timeIntervalSince1970: 100), meanWait: wait)
        )
    }

    @Test func `throughput counts answers, and failures are apart`() {
        let step = StepSummary.of(seconds: 10, milliseconds: Array(repeating: 100, count: 80), failed: 15, queued: 5)
        #expect(step.throughput == 8 && step.requestsPerSecond == 10)
        #expect(step.counts == OutcomeCounts(started: 100, succeeded: 80, queued: 5, failed: 15))
        #expect(step.counts.errorRate == 0.15)
        #expect(step.service.count == 80 && step.service.minimum == 0.1)
        #expect(step.requests[0].all.count == 100)
    }

    @Test func `the interval of the throughput comes from the ticks`() throws {
        var collector = collector()
        for tick in 0..<10 { collector.add(.of(milliseconds: Array(repeating: 5, count: tick % 2 == 0 ? 9 : 11)), seconds: 1) }
        let interval = try #require(collector.summary().throughputInterval)
        #expect(abs((interval.lower + interval.upper) / 2 - 10) < 1e-9)
        #expect(interval.upper - interval.lower > 1 && interval.upper - interval.lower < 2)
    }

    @Test func `a long step keeps few batches and the same figures`() throws {
        var collector = collector()
        for _ in 0..<1003 { collector.add(.of(milliseconds: [5, 7]), seconds: 1) }
        let step = collector.summary()
        #expect(step.counts.succeeded == 2006 && step.seconds == 1003)
        let interval = try #require(step.throughputInterval)
        #expect(abs(interval.lower - 2) < 1e-9 && abs(interval.upper - 2) < 1e-9)
    }

    @Test func `a stall that all users share widens the percentiles`() throws {
        var even = collector(), stalled = collector()
        for tick in 0..<20 {
            even.add(.of(milliseconds: Array(repeating: 100, count: 45) + Array(repeating: 900, count: 5)), seconds: 1)
            let isStalled = tick == 3 || tick == 11
            stalled.add(.of(milliseconds: Array(repeating: isStalled ? 900 : 100, count: 50)), seconds: 1)
        }
        let one = try #require(even.summary().service.percentile(80)),
            other = try #require(stalled.summary().service.percentile(80))
        #expect(one.seconds == other.seconds)
        #expect(one.upper == 0.1 || abs((one.upper ?? 0) - 0.1) < 0.001)
        #expect(other.upper == nil || (other.upper ?? 0) > 0.85)
    }

    @Test func `without a schedule the correction fills in what waiting users would have sent`() {
        let step = StepSummary.of(wait: 0.9, milliseconds: Array(repeating: 100, count: 99) + [10_500])
        #expect(abs((step.expectedInterval ?? 0) - 1) < 0.001)
        #expect(step.service.count == 100 && step.corrected.count == 109)
        #expect(step.judgedLatency.count == 100)
    }

    @Test func `with a schedule the response time runs from the intended start`() throws {
        var collector = collector(users: nil), window = WindowCounts(labels: [label])
        for index in 0..<100 as Range<UInt64> {
            let start = 1_000_000_000 + index * 1_000_000
            window.record(
                RequestRecord(intendedStart: start - 50_000_000, start: start, end: start + 10_000_000, outcome: .succeeded))
        }
        collector.add(window, seconds: 1)
        let step = collector.summary()
        #expect(step.expectedInterval == nil)
        #expect(abs(step.service.mean - 0.010) < 1e-6 && abs(step.corrected.mean - 0.060) < 1e-6)
        #expect(step.judgedLatency == step.corrected)
    }

    @Test func `failures are grouped by cause with a sample and their time of day`() {
        var collector = collector()
        collector.add(.of(milliseconds: [5], failed: 3), seconds: 1)
        collector.add(.of(milliseconds: [5], failed: 1, cause: .timedOut), seconds: 1)
        let failures = collector.summary().failures
        #expect(failures.map(\.cause) == [.status(503), .timedOut] && failures.map(\.count) == [3, 1])
        #expect(failures[0].sample == "sample" && failures[0].firstSeen == Date(timeIntervalSince1970: 101.001))
    }

    @Test func `a step without requests has no figures and no error`() {
        let step = collector().summary(objectives: [Objective(.percentile(95), 3), Objective(.errors, 0.01)])
        #expect(step.throughput == 0 && step.service.percentiles.isEmpty && step.little == nil)
        #expect(step.verdict == .unproven)
    }
}
