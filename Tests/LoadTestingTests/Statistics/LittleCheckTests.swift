import LoadTestFixtures
import LoadTesting
import Testing

struct LittleCheckTests {
    @Test func `users that wait two seconds cannot send more than Little's law allows`() throws {
        // 50 users, 0.106 s and 2 s of wait: 23.7 a second.
        let step = StepSummary.of(
            users: 50, seconds: 60, wait: 2, milliseconds: Array(repeating: 106, count: 1424), unloadedLatency: 0.1)
        let little = try #require(step.little)
        #expect(abs(little.bound - 23.74) < 0.01 && little.isConsistent && little.limit == .thinkTime)
        #expect(little.remark?.hasPrefix("limited by think time") == true)
    }

    @Test func `more than the bound is marked as inconsistent`() throws {
        let little = try #require(StepSummary.of(users: 10, wait: 1, milliseconds: Array(repeating: 100, count: 700)).little)
        #expect(!little.isConsistent && little.limit == nil)
        #expect(little.remark?.hasPrefix("inconsistent") == true)
    }

    @Test func `a rate far below the bound means that users were missing`() throws {
        let little = try #require(StepSummary.of(users: 10, wait: 0, milliseconds: Array(repeating: 100, count: 3000)).little)
        #expect(!little.isConsistent)
        #expect(little.remark?.contains("not all users were active") == true)
    }

    @Test func `a service that slows down under load is the limit`() throws {
        let little = try #require(
            StepSummary.of(users: 10, wait: 0, milliseconds: Array(repeating: 1000, count: 600), unloadedLatency: 0.1).little)
        #expect(little.isConsistent && little.limit == nil && little.remark == nil && little.unloadedBound == 100)
    }

    @Test func `without wait it is the number of users`() throws {
        let little = try #require(
            StepSummary.of(users: 2, wait: nil, milliseconds: Array(repeating: 100, count: 1190), unloadedLatency: 0.1).little)
        #expect(little.limit == .users)
    }

    @Test func `failures count as time that users spent`() throws {
        let step = StepSummary.of(users: 1, seconds: 10, milliseconds: Array(repeating: 100, count: 50), failed: 4900)
        // 50 × 0.1 s + 4900 × 0.001 s = 9.9 s of one user's time.
        #expect(step.little?.isConsistent == true)
    }

    @Test func `arrivals have no users to check`() {
        #expect(StepSummary.of(users: nil, rate: 10, milliseconds: [5]).little == nil)
    }
}
