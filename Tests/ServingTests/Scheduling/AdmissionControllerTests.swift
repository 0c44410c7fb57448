import Serving
import Testing

@Suite struct AdmissionControllerTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func reason(_ actions: [AdmissionController.Action]) -> AdmissionRejection? {
        guard case .reject(_, let reason) = actions.first else { return nil }
        return reason
    }

    /// The predicted whole seconds of a rejection because the queue is full.
    private func queueFullSeconds(_ actions: [AdmissionController.Action]) -> Int? {
        guard case .queueFull(let seconds) = reason(actions) else { return nil }
        return Int(seconds.rounded())
    }

    // MARK: Slots and order

    @Test func `as many jobs run at once as there are slots, and each end starts the next job`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        #expect(controller.arrive(1, request(), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, request(), at: at(0)) == [.start(2)])
        #expect(controller.arrive(3, request(), at: at(0)) == [])
        #expect(controller.arrive(4, request(), at: at(0)) == [])
        #expect(controller.finish(2, succeeded: true, at: at(1)) == [.start(3)])
        #expect(controller.finish(1, succeeded: false, at: at(1)) == [.start(4)])
        #expect(controller.finish(3, succeeded: true, at: at(2)) == [])
        #expect(controller.runningCount == 1)
        #expect(controller.finish(4, succeeded: true, at: at(3)) == [])
        #expect(controller.isIdle)
        #expect(controller.finish(4, succeeded: true, at: at(3)) == [])
    }

    @Test func `there is always at least one slot`() {
        var controller = AdmissionController(limits: .init(slots: 0))
        #expect(controller.arrive(1, request(), at: at(0)) == [.start(1)])
    }

    @Test func `a waiting job can be cancelled, a running one cannot`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        for ticket in 1...3 { _ = controller.arrive(UInt64(ticket), request(), at: at(0)) }
        #expect(controller.cancel(2, at: at(0)) == [])
        #expect(controller.cancel(1, at: at(0)) == nil)
        #expect(controller.cancel(99, at: at(0)) == nil)
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(3)])
    }

    @Test func `the classes alternate while both have jobs`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(0, request(), at: at(0))
        for ticket in 1...3 { _ = controller.arrive(UInt64(ticket), request(), at: at(0)) }
        for ticket in 11...13 { _ = controller.arrive(UInt64(ticket), request("store", jobClass: .queued), at: at(0)) }
        var order: [UInt64] = []
        for second in 1...5 {
            for action in controller.finish(order.last ?? 0, succeeded: true, at: at(Double(second))) {
                switch action {
                case .start(let ticket), .preempt(let ticket): order.append(ticket)
                case .reject: Issue.record("\(action)")
                }
            }
        }
        #expect(order == [11, 1, 12, 2, 13, 3])
    }

    @Test func `draining rejects new jobs, lets waiting ones run, and can be undone`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(), at: at(0))
        _ = controller.arrive(2, request(), at: at(0))
        controller.beginDraining()
        #expect(controller.arrive(3, request(), at: at(0)) == [.reject(3, .draining)])
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        controller.resume()
        #expect(controller.arrive(4, request(), at: at(1)) == [])
    }

    // MARK: Bounds

    @Test func `a full direct queue rejects jobs until there is room`() {
        var controller = AdmissionController(limits: .init(slots: 1, waitingJobs: 1))
        for ticket in 1...2 { _ = controller.arrive(UInt64(ticket), request(), at: at(0)) }
        #expect(queueFullSeconds(controller.arrive(3, request(), at: at(0))) == 3)
        _ = controller.cancel(2, at: at(0))
        #expect(controller.arrive(4, request(), at: at(0)) == [])
    }

    @Test func `jobs can start even where none may wait`() {
        var controller = AdmissionController(limits: .init(slots: 1, waitingJobs: 0, waitingBytes: 0))
        #expect(controller.arrive(1, request(bytes: 1_000), at: at(0)) == [.start(1)])
        #expect(queueFullSeconds(controller.arrive(2, request(), at: at(0))) == 2)
    }

    @Test func `the bytes of waiting jobs are bounded`() {
        var controller = AdmissionController(limits: .init(slots: 1, waitingBytes: 100))
        #expect(controller.arrive(1, request(bytes: 1_000), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, request(bytes: 60), at: at(0)) == [])
        #expect(queueFullSeconds(controller.arrive(3, request(bytes: 41), at: at(0))) == 3)
        #expect(controller.arrive(4, request(bytes: 40), at: at(0)) == [])
    }

    @Test func `the queued class holds only what the workers have claimed`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        for ticket in 1...8 { _ = controller.arrive(UInt64(ticket), request(jobClass: .queued), at: at(0)) }
        #expect(controller.waitingCount.queued == controller.limits.waitingQueuedJobs)
        #expect(reason(controller.arrive(9, request(jobClass: .queued), at: at(0))) != nil)
        #expect(controller.arrive(10, request(), at: at(0)) == [.preempt(10)])
    }

    // MARK: Memory

    @Test func `a job larger than the memory limit is rejected at once`() {
        var controller = AdmissionController(limits: .init(slots: 2, memoryBytes: 100))
        #expect(controller.arrive(1, request(memory: 101), at: at(0)) == [.reject(1, .tooLarge(bytes: 101, limit: 100))])
        #expect(controller.arrive(2, request(memory: 100), at: at(0)) == [.start(2)])
    }

    @Test func `a job waits for memory while a slot is free, and smaller jobs pass it`() {
        var controller = AdmissionController(limits: .init(slots: 4, memoryBytes: 100))
        #expect(controller.arrive(1, request("a", memory: 60), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, request("b", memory: 60), at: at(0)) == [])
        #expect(controller.arrive(3, request("c", memory: 40), at: at(0)) == [.start(3)])
        #expect(controller.memoryInUse == 100)
        #expect(controller.finish(3, succeeded: true, at: at(1)) == [])
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        #expect(controller.memoryInUse == 60)
    }

    @Test func `external memory is not available to jobs, unless one runs alone`() {
        var controller = AdmissionController(limits: .init(slots: 4, memoryBytes: 100))
        controller.externalMemoryBytes = 50
        #expect(controller.arrive(1, request("a", memory: 90), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, request("b", memory: 30), at: at(0)) == [])
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        #expect(controller.arrive(3, request("c", memory: 30), at: at(1)) == [])
        controller.externalMemoryBytes = 40
        #expect(controller.advance(to: at(1)) == [.start(3)])
        controller.externalMemoryBytes = 500
        #expect(controller.arrive(4, request("d", memory: 1), at: at(1)) == [])
    }

    @Test func `the slots drain for a job that was passed often enough`() {
        var controller = AdmissionController(limits: .init(slots: 2, memoryBytes: 100))
        _ = controller.arrive(1, request("a", memory: 10), at: at(0))
        _ = controller.arrive(2, request("b", memory: 100), at: at(0))
        var passes = 0
        var ticket: UInt64 = 3
        while controller.arrive(ticket, request("small", memory: 10), at: at(0)) == [.start(ticket)] {
            passes += 1
            _ = controller.finish(ticket, succeeded: true, at: at(0))
            ticket += 1
        }
        #expect(passes == controller.limits.passesBeforeDraining)
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        #expect(controller.finish(2, succeeded: true, at: at(2)) == [.start(ticket)])
    }

    @Test func `other jobs start when the one that the slots drain for is cancelled`() {
        var controller = AdmissionController(limits: .init(slots: 3, memoryBytes: 100))
        _ = controller.arrive(1, request("a", memory: 10), at: at(0))
        _ = controller.arrive(2, request("b", memory: 100), at: at(0))
        for pass in 0..<UInt64(controller.limits.passesBeforeDraining) {
            _ = controller.arrive(10 + pass, request("c", memory: 1), at: at(0))
            _ = controller.finish(10 + pass, succeeded: true, at: at(0))
        }
        #expect(controller.arrive(3, request("d", memory: 1), at: at(0)) == [])
        #expect(controller.cancel(2, at: at(0)) == [.start(3)])
    }

    // MARK: Maximum wait and deadlines

    @Test func `a job that would take longer than its maximum wait is rejected`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(maximumWait: 3), at: at(0))
        _ = controller.arrive(2, request(maximumWait: 3), at: at(0))
        #expect(controller.arrive(3, request(maximumWait: 3.1), at: at(0)) == [])
        guard case .maximumWaitExceeded(let seconds) = reason(controller.arrive(4, request(maximumWait: 3.1), at: at(0))) else {
            Issue.record("the job was not rejected")
            return
        }
        #expect(abs(seconds - 4) < 0.01)
        #expect(controller.waitingCount.direct == 2)
        // A little later some of the work is done.
        #expect(controller.arrive(5, request(maximumWait: 3.2), at: at(0.85)) == [])
    }

    @Test func `a job with an unreachable deadline is rejected with the prediction`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(), at: at(0))
        let rejection = reason(controller.arrive(2, request(deadline: at(1.9)), at: at(0)))
        guard case .deadlineUnreachable(let seconds) = rejection else {
            Issue.record("\(String(describing: rejection))")
            return
        }
        #expect(abs(seconds - 2) < 0.01)
        #expect(controller.arrive(3, request(deadline: at(2.1)), at: at(0)) == [])
        #expect(reason(controller.arrive(4, request(deadline: at(-1)), at: at(0))) != nil)
    }

    @Test func `a waiting job is dropped at its deadline, and not before`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(), at: at(0))
        _ = controller.arrive(2, request(deadline: at(2.5)), at: at(0))
        #expect(controller.nextTimer == at(2.5))
        #expect(controller.advance(to: at(2.4)) == [])
        guard case .deadlineExceeded = reason(controller.advance(to: at(2.5))) else {
            Issue.record("the job was not dropped")
            return
        }
        #expect(controller.nextTimer == nil)
        #expect(controller.finish(1, succeeded: true, at: at(9)) == [])
        #expect(controller.isIdle)
    }

    @Test func `a slot that becomes free after the deadline is not used for the job, even if the timer is late`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(), at: at(0))
        _ = controller.arrive(2, request(deadline: at(2.5)), at: at(0))
        _ = controller.arrive(3, request(), at: at(0))
        let actions = controller.finish(1, succeeded: true, at: at(4))
        #expect(actions.count == 2)
        guard case .deadlineExceeded = reason(actions) else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions.last == .start(3))
    }

    @Test func `a waiting job is rejected once its maximum wait cannot be kept`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(), at: at(0))
        #expect(controller.arrive(2, request(maximumWait: 3), at: at(0)) == [])
        // 1.1 · 3 s, less its own second.
        let timer = controller.nextTimer.map { ($0 - start) / .seconds(1) } ?? 0
        #expect(abs(timer - 2.3) < 0.01)
        guard case .maximumWaitExceeded = reason(controller.advance(to: at(2.31))) else {
            Issue.record("the job still waits")
            return
        }
        #expect(controller.waitingCount.direct == 0)
    }
}
