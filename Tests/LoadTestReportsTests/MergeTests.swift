import Foundation
import LoadTestFixtures
import LoadTestReports
import LoadTesting
import Testing

@Suite struct MergeTests {
    @Test func `counts and users are added up, and percentiles are those of all requests together`() throws {
        let slow = try Self.part("a", milliseconds: 900, requests: 5), fast = try Self.part("b", milliseconds: 100, requests: 95)
        let joined = try LoadTestSummary.joined([slow, fast])
        #expect(joined.steps.map(\.users) == [8, 16])
        #expect(joined.steps.allSatisfy { $0.counts.succeeded == 100 * 4 })
        let step = try #require(joined.steps.first)
        #expect(step.service.seconds(95).map { abs($0 - 0.1) < 0.001 } == true)
        #expect(step.service.seconds(98).map { abs($0 - 0.9) < 0.001 } == true)
        #expect(abs(step.throughput - 100) < 0.1)
        #expect(joined.requests.map(\.counts.succeeded) == [2 * 100 * 4])
        #expect(joined.requests.first?.service.seconds(50).map { abs($0 - 0.1) < 0.001 } == true)
        #expect(joined.timeline.first?.counts.succeeded == 100)
    }

    @Test func `tests that are not parts of one are refused`() throws {
        let part = try Self.part("a", milliseconds: 10, requests: 5)
        #expect(throws: MergeError.self) { try LoadTestSummary.joined([part, part]) }
        var other = try Self.part("b", milliseconds: 10, requests: 5)
        other.steps.removeLast()
        #expect(throws: MergeError.self) { try LoadTestSummary.joined([part, other]) }
        #expect(throws: MergeError.self) { try LoadTestSummary.joined([]) }
    }

    private static func part(_ id: String, milliseconds: UInt64, requests: Int) throws -> LoadTestSummary {
        var trial = try RunTrial(.steps([.users(4), .users(8)], seconds: 5), dropped: 1)
        trial.run { _ in RunTrial.Second(requests: requests, milliseconds: milliseconds) }
        var summary = trial.run.summary(now: trial.now)
        summary.id = id
        return summary
    }
}
