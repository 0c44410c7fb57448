import Serving
import Testing

/// Direct jobs that preempt the running jobs of the queue.
@Suite struct PreemptionTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func expect(
        _ controller: AdmissionController, _ job: AdmissionRequest = request(), takes seconds: Double,
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
            _ = controller.arrive(UInt64(ticket), request("store", memory: memory, jobClass: .queued), at: at(0))
        }
        return controller
    }

    // MARK: Conditions

    @Test func `a direct job preempts when queued jobs hold all slots`() {
        var controller = full()
        #expect(controller.arrive(3, request(), at: at(0)) == [.preempt(3)])
        #expect(controller.runningCount == 3)
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [])
        #expect(controller.runningCount == 2)
    }

    @Test func `one job preempts at a time, and no other starts meanwhile`() {
        var controller = full()
        _ = controller.arrive(3, request(), at: at(0))
        #expect(controller.arrive(4, request(), at: at(0)) == [])
        // A slot is free, but without a core.
        #expect(controller.finish(1, succeeded: false, at: at(0.1)) == [])
        #expect(controller.arrive(11, request(jobClass: .queued), at: at(0.1)) == [])
        #expect(controller.advance(to: at(0.2)) == [])
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [.start(4)])
    }

    @Test func `the next job preempts when the one before is done`() {
        var controller = full()
        _ = controller.arrive(3, request("a"), at: at(0))
        #expect(controller.arrive(4, request("b"), at: at(0)) == [])
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [.preempt(4)])
    }

    @Test func `direct jobs are not preempted, and queued jobs do not preempt`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        _ = controller.arrive(1, request(jobClass: .queued), at: at(0))
        #expect(controller.arrive(2, request(), at: at(0)) == [.start(2)])
        #expect(controller.arrive(3, request(), at: at(0)) == [])
        #expect(controller.arrive(4, request(jobClass: .queued), at: at(0)) == [])
    }

    @Test func `when several direct jobs wait, each gets one core in its turn, because that gives the highest throughput`() {
        var controller = full()
        _ = controller.arrive(3, request("a"), at: at(0))
        for ticket in 4...5 { _ = controller.arrive(UInt64(ticket), request("b"), at: at(0)) }
        #expect(controller.finish(3, succeeded: true, at: at(0.5)) == [])
        #expect(controller.cancel(5, at: at(0.5)) == [.preempt(4)])
    }

    @Test func `preemption alternates with the queue`() {
        var controller = full()
        for ticket in 3...4 {
            // The running queued jobs take 2 core-seconds, which count against the queued class.
            let now = 0.51 * Double(ticket - 3)
            #expect(controller.arrive(UInt64(ticket), request(), at: at(now)) == [.preempt(UInt64(ticket))])
            #expect(controller.finish(UInt64(ticket), succeeded: true, at: at(now + 0.51)) == [])
        }
        // Now the queued class goes next, whether or not more of its jobs wait: its running jobs continue.
        #expect(controller.arrive(5, request(), at: at(1.02)) == [])
        #expect(controller.arrive(11, request("store", jobClass: .queued), at: at(1.02)) == [])
        #expect(controller.finish(1, succeeded: true, at: at(2)) == [.start(11), .preempt(5)])
    }

    @Test func `a preempting job needs memory like any other`() {
        var controller = full(memory: 40, memoryLimit: 100)
        #expect(controller.arrive(3, request(memory: 21), at: at(0)) == [])
        _ = controller.cancel(3, at: at(0))
        controller.externalMemoryBytes = 5
        #expect(controller.arrive(4, request(memory: 16), at: at(0)) == [])
        _ = controller.cancel(4, at: at(0))
        #expect(controller.arrive(5, request(memory: 15), at: at(0)) == [.preempt(5)])
        #expect(controller.memoryInUse == 95)
        _ = controller.finish(5, succeeded: true, at: at(0.5))
        #expect(controller.memoryInUse == 80)
    }

    @Test func `a preempting job needs no room in the waiting queue`() {
        var controller = full(waitingJobs: 0)
        #expect(controller.arrive(3, request(), at: at(0)) == [.preempt(3)])
        guard case .reject(4, .queueFull) = controller.arrive(4, request(), at: at(0)).first else {
            Issue.record("the job was not rejected")
            return
        }
    }

    @Test(arguments: [true, false])
    func `a preempting job that fails ends like any other`(hasQueue: Bool) {
        var controller = full()
        if hasQueue { _ = controller.arrive(11, request(jobClass: .queued), at: at(0)) }
        _ = controller.arrive(3, request(), at: at(0))
        #expect(controller.cancel(3, at: at(0.1)) == nil)
        #expect(controller.finish(3, succeeded: false, at: at(0.1)) == [])
        #expect(!controller.model.hasMeasured)
        #expect(controller.finish(1, succeeded: true, at: at(1.1)) == (hasQueue ? [.start(11)] : []))
    }

    // MARK: Measured costs

    @Test func `costs are measured without the time for which jobs were preempted`() {
        var controller = full()
        _ = controller.arrive(3, request(), at: at(0.5))
        _ = controller.finish(3, succeeded: true, at: at(1))
        #expect(abs(controller.model.coreSeconds(pixels: pixelsOfOneCoreSecond) - 1) < 1e-6)
        for ticket in 1...2 { _ = controller.finish(UInt64(ticket), succeeded: true, at: at(1.5)) }
        #expect(abs(controller.model.coreSeconds(pixels: pixelsOfOneCoreSecond) - 1) < 1e-6)
    }

    @Test func `a job that ends while preempted has used what it had before`() {
        var controller = full()
        _ = controller.arrive(3, request(), at: at(2))
        _ = controller.finish(1, succeeded: true, at: at(2.25))
        #expect(abs(controller.model.coreSeconds(pixels: pixelsOfOneCoreSecond) - 2) < 1e-6)
    }

    // MARK: Predictions

    @Test func `the prediction for a preempting job uses all cores`() {
        var controller = full()
        expect(controller, takes: 0.5)
        expect(controller, request(jobClass: .queued), takes: 2)
        _ = controller.arrive(3, request(), at: at(0))
        _ = controller.advance(to: at(0.25))
        expect(controller, takes: 0.75)
        expect(controller, request(jobClass: .queued), takes: 2.25)
    }

    @Test func `a job waits for the queue until its class goes next`() {
        var controller = full()
        _ = controller.arrive(3, request(), at: at(0))
        // The preempting job and itself: together what the running queued jobs have taken.
        expect(controller, takes: 1)
        _ = controller.finish(3, succeeded: true, at: at(0.51))
        _ = controller.arrive(4, request(), at: at(0.51))
        // The queued class goes next, in the slot that becomes free when a job of now 1.02 seconds is done.
        expect(controller, takes: 0.51 + 1.02 + 0.51)
        _ = controller.finish(4, succeeded: true, at: at(1.02))
        expect(controller, takes: 1.02 + 0.51)
    }

    @Test func `the prediction for a job that does not preempt uses one core`() {
        expect(full(memory: 40, memoryLimit: 100), request(memory: 21), takes: 2)
        var controller = full()
        for ticket in 3...4 { _ = controller.arrive(UInt64(ticket), request("client \(ticket)"), at: at(0)) }
        // The preempting job; then one of each class when the slots become free; then this job.
        expect(controller, takes: 0.5 + 1 + 1 + 1)
    }

    @Test func `the prediction for a job in the store includes the preempting job`() {
        var controller = full()
        let before = controller.secondsUntilDone(position: 5, workers: 1)
        _ = controller.arrive(3, request(), at: at(0))
        #expect(abs(controller.secondsUntilDone(position: 5, workers: 1) - before - 0.5) < 0.01)
    }

    @Test func `the maximum wait of a job that will preempt is checked with all cores`() {
        let large = 4 * pixelsOfOneCoreSecond
        var controller = full()
        #expect(controller.arrive(3, request(pixels: large, maximumWait: 3), at: at(0)) == [.preempt(3)])
        // About 2 s for that job, then the queue's share, then its own run: not within 3 s, but within 6.
        #expect(controller.arrive(4, request(pixels: large, maximumWait: 3), at: at(0)) != [])
        #expect(controller.arrive(5, request(pixels: large, maximumWait: 6), at: at(0)) == [])
        #expect(controller.waitingCount.direct == 1)
        let timer = controller.nextTimer.map { ($0 - start) / .seconds(1) } ?? 0
        #expect(abs(timer - (6.6 - 2)) < 0.05)
    }
}
