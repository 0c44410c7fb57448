import LatencyHistograms
import LoadGeneration
import LoadTestFixtures
import Testing

struct WindowCountsTests {
    @Test func `each outcome is counted and timed separately`() {
        let sum = WindowCounts.of(milliseconds: [100, 200], failed: 3, queued: 4).sum
        #expect(sum.succeeded == 2 && sum.failed == 3 && sum.queued == 4 && sum.ended == 9)
        #expect(sum.service.count == 2 && sum.otherService.count == 7 && sum.response.isEmpty)
        #expect(sum.bytesSent == 90 && sum.bytesReceived == 180)
    }

    @Test func `taking a window leaves an empty one`() {
        var window = WindowCounts.of(milliseconds: [5], failed: 1)
        #expect(window.take().sum.ended == 2)
        #expect(window.sum.ended == 0 && window.started == 0 && window.requests.count == 1)
    }

    @Test func `windows of several event loops add up`() {
        var window = WindowCounts.of(milliseconds: [1, 2, 3])
        window.merge(.of(milliseconds: [4], failed: 2))
        #expect(window.sum.ended == 6 && window.started == 6 && window.sum.service.maximum == 4000)
    }

    @Test func `a record's times are rounded to the microsecond and never negative`() {
        func record(_ start: UInt64, _ end: UInt64, intended: UInt64? = nil) -> RequestRecord {
            RequestRecord(intendedStart: intended, start: start, end: end, outcome: .succeeded)
        }
        #expect(record(1000, 2499).serviceMicroseconds == 1 && record(1000, 2500).serviceMicroseconds == 2)
        #expect(record(5000, 4000).serviceMicroseconds == 0)
        #expect(record(5_000_000, 9_000_000, intended: 2_000_000).responseMicroseconds == 7000)
        #expect(record(5_000_000, 9_000_000, intended: 6_000_000).responseMicroseconds == 4000)
    }

    @Test func `a sample is taken once for each cause, and truncated`() {
        var table = FailureTable()
        var asked = 0
        for time in 1...5 as ClosedRange<UInt64> {
            table.add(.timedOut, at: time) {
                asked += 1
                return String(repeating: "x", count: 10_000)
            }
        }
        #expect(asked == 1 && table.count == 5)
        let group = table.groups[.timedOut]
        #expect(group?.sample?.count == FailureTable.maximumSampleBytes && group?.firstSeen == 1 && group?.lastSeen == 5)
    }

    @Test func `the number of causes is bounded`() {
        var table = FailureTable(), other = FailureTable()
        for code in 0..<1000 { table.add(.status(code), at: 1) { nil } }
        for code in 1000..<2000 { other.add(.status(code), at: 1) { nil } }
        #expect(table.groups.count == FailureTable.maximumCauses + 1 && table.count == 1000)
        table.merge(other)
        #expect(table.groups.count == FailureTable.maximumCauses + 1 && table.count == 2000)
        #expect(table.groups[.others]?.count == 2000 - FailureTable.maximumCauses)
    }
}
