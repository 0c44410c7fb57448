import Serving
import Testing

/// Direct jobs that come before the running jobs of the queue.
@Suite struct OvertakingTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func expect(
        _ controller: AdmissionController, _ job: JobArrival = arrival(), takes seconds: Double,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let predicted = controller.predictedSeconds(for: job)
        #expect(abs(predicted - seconds) < 0.01, "predicted \(predicted)", sourceLocation: location)
    }

    /// Two slots with jobs of the queue, 1 and 2.
    private func full(waitingJobs: Int = 512, memory: Int = 1, memoryLimit: Int = .max) -> AdmissionController {
        var controller = AdmissionController(
            limits: .init(slots: 2, waitingJobs: waitingJobs, memoryBytes: memoryLimit))
        for ticket in 1...2 {
            _ = controller.arrive(UInt64(ticket), arrival("store", memory: memory, line: .queued), at: at(0))
        }
        return controller
    }

    // MARK: Who

    @Test func `a direct job overtakes where jobs of the queue have all the slots`() {
        var controller = full()
        #expect(controller.arrive(3, arrival(), at: at(0)) == [.overtake(3)])
        #expect(controller.runningCount == 3)
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [])
        #expect(controller.runningCount == 2)
    }

    @Test func `one overtakes at a time, and nobody starts meanwhile`() {
        var controller = full()
        _ = controller.arrive(3, arrival(), at: at(0))
        #expect(controller.arrive(4, arrival(), at: at(0)) == [])
        // A slot is free, but without a core.
        #expect(controller.finish(1, succeeded: false, at: at(0.1)) == [])
        #expect(controller.arrive(11, arrival(line: .queued), at: at(0.1)) == [])
        #expect(controller.advance(to: at(0.2)) == [])
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [.start(4)])
    }

    @Test func `the next one overtakes when the one before is done`() {
        var controller = full()
        _ = controller.arrive(3, arrival("a"), at: at(0))
        #expect(controller.arrive(4, arrival("b"), at: at(0)) == [])
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [.overtake(4)])
    }

    @Test func `nobody overtakes a direct job, and jobs of the queue overtake nobody`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        _ = controller.arrive(1, arrival(line: .queued), at: at(0))
        #expect(controller.arrive(2, arrival(), at: at(0)) == [.start(2)])
        #expect(controller.arrive(3, arrival(), at: at(0)) == [])
        #expect(controller.arrive(4, arrival(line: .queued), at: at(0)) == [])
    }

    @Test func `where several wait, each has one core in its turn, for that is the most pictures`() {
        var controller = full()
        _ = controller.arrive(3, arrival("a"), at: at(0))
        for ticket in 4...5 { _ = controller.arrive(UInt64(ticket), arrival("b"), at: at(0)) }
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [])
        #expect(controller.leave(5, at: at(0.5)) == [.overtake(4)])
    }

    @Test func `it is done in turns with the queue`() {
        var controller = full()
        for ticket in 3...4 {
            // What the running jobs of the queue take, 2 core-seconds, is a debt to the direct line.
            let now = 0.51 * Double(ticket - 3)
            #expect(controller.arrive(UInt64(ticket), arrival(), at: at(now)) == [.overtake(UInt64(ticket))])
            #expect(controller.finish(UInt64(ticket), succeeded: true, at: at(now + 0.51)) == [])
        }
        // Now it is the queue's turn, whether or not more of its jobs wait: those that run are to run.
        #expect(controller.arrive(5, arrival(), at: at(1.02)) == [])
        #expect(controller.arrive(11, arrival("store", line: .queued), at: at(1.02)) == [])
        #expect(controller.finish(1, succeeded: true, at: at(2)) == [.start(11), .overtake(5)])
    }

    @Test func `an overtaking job needs memory as any other`() {
        var controller = full(memory: 40, memoryLimit: 100)
        #expect(controller.arrive(3, arrival(memory: 21), at: at(0)) == [])
        _ = controller.leave(3, at: at(0))
        controller.memoryElsewhere = 5
        #expect(controller.arrive(4, arrival(memory: 16), at: at(0)) == [])
        _ = controller.leave(4, at: at(0))
        #expect(controller.arrive(5, arrival(memory: 15), at: at(0)) == [.overtake(5)])
        #expect(controller.memoryInUse == 95)
        _ = controller.finish(5, succeeded: true, at: at(0.5))
        #expect(controller.memoryInUse == 80)
    }

    @Test func `it needs no place in the line`() {
        var controller = full(waitingJobs: 0)
        #expect(controller.arrive(3, arrival(), at: at(0)) == [.overtake(3)])
        guard case .turnAway(4, .lineFull) = controller.arrive(4, arrival(), at: at(0)).first else {
            Issue.record("it was taken")
            return
        }
    }

    @Test(arguments: [true, false])
    func `an overtaking job that fails or stops ends like any other`(hasQueue: Bool) {
        var controller = full()
        if hasQueue { _ = controller.arrive(11, arrival(line: .queued), at: at(0)) }
        _ = controller.arrive(3, arrival(), at: at(0))
        #expect(controller.leave(3, at: at(0.1)) == nil)
        #expect(controller.finish(3, succeeded: false, at: at(0.1)) == [])
        #expect(!controller.model.hasMeasured)
        #expect(controller.finish(1, succeeded: true, at: at(1.1)) == (hasQueue ? [.start(11)] : []))
    }

    // MARK: Clocks

    @Test func `what jobs cost is measured without the time for which they stood still`() {
        var controller = full()
        _ = controller.arrive(3, arrival(), at: at(0.5))
        _ = controller.finish(3, succeeded: true, at: at(1))
        #expect(abs(controller.model.coreSeconds(pixels: pixelsOfOneCoreSecond) - 1) < 1e-6)
        for ticket in 1...2 { _ = controller.finish(UInt64(ticket), succeeded: true, at: at(1.5)) }
        #expect(abs(controller.model.coreSeconds(pixels: pixelsOfOneCoreSecond) - 1) < 1e-6)
    }

    @Test func `who ends while it stands still has used what it had before`() {
        var controller = full()
        _ = controller.arrive(3, arrival(), at: at(2))
        _ = controller.finish(1, succeeded: true, at: at(2.25))
        #expect(abs(controller.model.coreSeconds(pixels: pixelsOfOneCoreSecond) - 2) < 1e-6)
    }

    // MARK: Predictions

    @Test func `one who would overtake is told the time on all cores`() {
        var controller = full()
        expect(controller, takes: 0.5)
        expect(controller, arrival(line: .queued), takes: 2)
        _ = controller.arrive(3, arrival(), at: at(0))
        _ = controller.advance(to: at(0.25))
        expect(controller, takes: 0.75)
        expect(controller, arrival(line: .queued), takes: 2.25)
    }

    @Test func `until its line's turn comes, it waits for the queue`() {
        var controller = full()
        _ = controller.arrive(3, arrival(), at: at(0))
        // The one that overtakes, and itself: that is what the queue's running jobs have taken.
        expect(controller, takes: 1)
        _ = controller.finish(3, succeeded: true, at: at(0.51))
        _ = controller.arrive(4, arrival(), at: at(0.51))
        // Next is the queue's turn, in the slot that becomes free when a job of now 1.02 seconds is done.
        expect(controller, takes: 0.51 + 1.02 + 0.51)
        _ = controller.finish(4, succeeded: true, at: at(1.02))
        expect(controller, takes: 1.02 + 0.51)
    }

    @Test func `who would not overtake is told the time on one core`() {
        expect(full(memory: 40, memoryLimit: 100), arrival(memory: 21), takes: 2)
        var controller = full()
        for ticket in 3...4 { _ = controller.arrive(UInt64(ticket), arrival("client \(ticket)"), at: at(0)) }
        // The one that overtakes; then one of each line when the slots become free; then this one.
        expect(controller, takes: 0.5 + 1 + 1 + 1)
    }

    @Test func `a place in the store's queue waits for the one that overtakes`() {
        var controller = full()
        let before = controller.secondsUntilDone(position: 5, workers: 1)
        _ = controller.arrive(3, arrival(), at: at(0))
        #expect(abs(controller.secondsUntilDone(position: 5, workers: 1) - before - 0.5) < 0.01)
    }

    @Test func `a promise to one who will overtake reckons with all cores`() {
        let large = 4 * pixelsOfOneCoreSecond
        var controller = full()
        #expect(controller.arrive(3, arrival(pixels: large, maximumWait: 3), at: at(0)) == [.overtake(3)])
        // About 2 s for that one, then the queue's turns, then its own: not within 3 s, but within 6.
        #expect(controller.arrive(4, arrival(pixels: large, maximumWait: 3), at: at(0)) != [])
        #expect(controller.arrive(5, arrival(pixels: large, maximumWait: 6), at: at(0)) == [])
        #expect(controller.waitingCount.direct == 1)
        let alarm = controller.nextAlarm.map { ($0 - start) / .seconds(1) } ?? 0
        #expect(abs(alarm - (6.6 - 2)) < 0.05)
    }
}
