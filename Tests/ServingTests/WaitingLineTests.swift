import Serving
import Testing

@Suite struct WaitingLineTests {
    @Test func `as many jobs start at once as there are slots`() {
        var line = WaitingLine(limits: .init(slots: 2))
        #expect(line.arrive(1, bytes: 10) == .start)
        #expect(line.arrive(2, bytes: 10) == .start)
        #expect(line.arrive(3, bytes: 10) == .wait(position: 1))
        #expect(line.arrive(4, bytes: 10) == .wait(position: 2))
        #expect(line.running == 2)
        #expect(line.waiting == 2)
    }

    @Test func `a finished job hands its slot to the one that waited longest`() {
        var line = WaitingLine(limits: .init(slots: 1))
        for ticket in 1...3 { _ = line.arrive(UInt64(ticket), bytes: 1) }
        #expect(line.finish() == 2)
        #expect(line.finish() == 3)
        #expect(line.running == 1)
        #expect(line.finish() == nil)
        #expect(line.isIdle)
    }

    @Test func `a full line refuses, and takes the next one when a place is free again`() {
        var line = WaitingLine(limits: .init(slots: 1, waitingJobs: 1))
        _ = line.arrive(1, bytes: 1)
        _ = line.arrive(2, bytes: 1)
        #expect(line.arrive(3, bytes: 1) == .refuse(.tooManyJobs))
        #expect(line.leave(2) == true)
        #expect(line.arrive(4, bytes: 1) == .wait(position: 1))
    }

    @Test func `the bytes of those who wait are bounded, and given back by all who leave`() {
        var line = WaitingLine(limits: .init(slots: 1, waitingBytes: 100))
        _ = line.arrive(1, bytes: 1_000)
        #expect(line.arrive(2, bytes: 60) == .wait(position: 1))
        #expect(line.arrive(3, bytes: 41) == .refuse(.tooManyBytes))
        #expect(line.arrive(4, bytes: 40) == .wait(position: 2))
        #expect(line.leave(4) == true)
        #expect(line.finish() == 2)
        #expect(line.arrive(5, bytes: 100) == .wait(position: 1))
    }

    @Test func `only those who wait can leave`() {
        var line = WaitingLine(limits: .init(slots: 1))
        _ = line.arrive(1, bytes: 1)
        let left = [line.leave(1), line.leave(99)]
        #expect(left == [false, false])
        #expect(line.running == 1)
    }

    @Test func `a draining line takes nobody new and lets the waiting run`() {
        var line = WaitingLine(limits: .init(slots: 1))
        _ = line.arrive(1, bytes: 1)
        _ = line.arrive(2, bytes: 1)
        line.beginDraining()
        #expect(line.arrive(3, bytes: 1) == .refuse(.draining))
        #expect(line.finish() == 2)
        #expect(!line.isIdle)
        #expect(line.finish() == nil)
        #expect(line.isIdle)
    }

    @Test func `there is always one slot`() {
        var line = WaitingLine(limits: .init(slots: 0))
        #expect(line.arrive(1, bytes: 1) == .start)
    }
}
