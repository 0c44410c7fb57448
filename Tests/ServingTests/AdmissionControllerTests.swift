import Serving
import Testing

@Suite struct AdmissionControllerTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func reason(_ actions: [AdmissionController.Action]) -> TurnedAway? {
        guard case .turnAway(_, let reason) = actions.first else { return nil }
        return reason
    }

    /// The whole seconds predicted to somebody refused because the line is full.
    private func fullSeconds(_ actions: [AdmissionController.Action]) -> Int? {
        guard case .lineFull(let seconds) = reason(actions) else { return nil }
        return Int(seconds.rounded())
    }

    // MARK: Slots and order

    @Test func `as many jobs start at once as there are slots, and an end starts the next`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        #expect(controller.arrive(1, arrival(), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, arrival(), at: at(0)) == [.start(2)])
        #expect(controller.arrive(3, arrival(), at: at(0)) == [])
        #expect(controller.arrive(4, arrival(), at: at(0)) == [])
        #expect(controller.finish(2, succeeded: true, at: at(1)) == [.start(3)])
        #expect(controller.finish(1, succeeded: false, at: at(1)) == [.start(4)])
        #expect(controller.finish(3, succeeded: true, at: at(2)) == [])
        #expect(controller.runningCount == 1)
        #expect(controller.finish(4, succeeded: true, at: at(3)) == [])
        #expect(controller.isIdle)
        #expect(controller.finish(4, succeeded: true, at: at(3)) == [])
    }

    @Test func `there is always one slot`() {
        var controller = AdmissionController(limits: .init(slots: 0))
        #expect(controller.arrive(1, arrival(), at: at(0)) == [.start(1)])
    }

    @Test func `who leaves the line is gone, and who runs can't leave`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        for ticket in 1...3 { _ = controller.arrive(UInt64(ticket), arrival(), at: at(0)) }
        #expect(controller.leave(2, at: at(0)) == [])
        #expect(controller.leave(1, at: at(0)) == nil)
        #expect(controller.leave(99, at: at(0)) == nil)
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(3)])
    }

    @Test func `both lines take turns while both have jobs`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(0, arrival(), at: at(0))
        for ticket in 1...3 { _ = controller.arrive(UInt64(ticket), arrival(), at: at(0)) }
        for ticket in 11...13 { _ = controller.arrive(UInt64(ticket), arrival("store", line: .queued), at: at(0)) }
        var order: [UInt64] = []
        for second in 1...5 {
            for action in controller.finish(order.last ?? 0, succeeded: true, at: at(Double(second))) {
                switch action {
                case .start(let ticket), .overtake(let ticket): order.append(ticket)
                case .turnAway: Issue.record("\(action)")
                }
            }
        }
        #expect(order == [11, 1, 12, 2, 13, 3])
    }

    @Test func `draining takes nobody new, lets the waiting run, and can be taken back`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, arrival(), at: at(0))
        _ = controller.arrive(2, arrival(), at: at(0))
        controller.beginDraining()
        #expect(controller.arrive(3, arrival(), at: at(0)) == [.turnAway(3, .draining)])
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        controller.resume()
        #expect(controller.arrive(4, arrival(), at: at(1)) == [])
    }

    // MARK: Bounds

    @Test func `a full direct line refuses, and takes the next when a place is free`() {
        var controller = AdmissionController(limits: .init(slots: 1, waitingJobs: 1))
        for ticket in 1...2 { _ = controller.arrive(UInt64(ticket), arrival(), at: at(0)) }
        #expect(fullSeconds(controller.arrive(3, arrival(), at: at(0))) == 3)
        _ = controller.leave(2, at: at(0))
        #expect(controller.arrive(4, arrival(), at: at(0)) == [])
    }

    @Test func `no line at all still lets jobs start`() {
        var controller = AdmissionController(limits: .init(slots: 1, waitingJobs: 0, waitingBytes: 0))
        #expect(controller.arrive(1, arrival(bytes: 1_000), at: at(0)) == [.start(1)])
        #expect(fullSeconds(controller.arrive(2, arrival(), at: at(0))) == 2)
    }

    @Test func `the bytes of those who wait are bounded`() {
        var controller = AdmissionController(limits: .init(slots: 1, waitingBytes: 100))
        #expect(controller.arrive(1, arrival(bytes: 1_000), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, arrival(bytes: 60), at: at(0)) == [])
        #expect(fullSeconds(controller.arrive(3, arrival(bytes: 41), at: at(0))) == 3)
        #expect(controller.arrive(4, arrival(bytes: 40), at: at(0)) == [])
    }

    @Test func `the queued line holds only what the workers have claimed`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        for ticket in 1...8 { _ = controller.arrive(UInt64(ticket), arrival(line: .queued), at: at(0)) }
        #expect(controller.waitingCount.queued == controller.limits.waitingQueuedJobs)
        #expect(reason(controller.arrive(9, arrival(line: .queued), at: at(0))) != nil)
        #expect(controller.arrive(10, arrival(), at: at(0)) == [.overtake(10)])
    }

    // MARK: Memory

    @Test func `a job larger than the limit is refused at once, alone or not`() {
        var controller = AdmissionController(limits: .init(slots: 2, memoryBytes: 100))
        #expect(controller.arrive(1, arrival(memory: 101), at: at(0)) == [.turnAway(1, .tooLarge(bytes: 101, limit: 100))])
        #expect(controller.arrive(2, arrival(memory: 100), at: at(0)) == [.start(2)])
    }

    @Test func `a job waits for memory while a slot is free, and smaller ones pass it`() {
        var controller = AdmissionController(limits: .init(slots: 4, memoryBytes: 100))
        #expect(controller.arrive(1, arrival("a", memory: 60), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, arrival("b", memory: 60), at: at(0)) == [])
        #expect(controller.arrive(3, arrival("c", memory: 40), at: at(0)) == [.start(3)])
        #expect(controller.memoryInUse == 100)
        #expect(controller.finish(3, succeeded: true, at: at(1)) == [])
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        #expect(controller.memoryInUse == 60)
    }

    @Test func `memory held elsewhere is not for jobs, unless one runs alone`() {
        var controller = AdmissionController(limits: .init(slots: 4, memoryBytes: 100))
        controller.memoryElsewhere = 50
        #expect(controller.arrive(1, arrival("a", memory: 90), at: at(0)) == [.start(1)])
        #expect(controller.arrive(2, arrival("b", memory: 30), at: at(0)) == [])
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        #expect(controller.arrive(3, arrival("c", memory: 30), at: at(1)) == [])
        controller.memoryElsewhere = 40
        #expect(controller.advance(to: at(1)) == [.start(3)])
        controller.memoryElsewhere = 500
        #expect(controller.arrive(4, arrival("d", memory: 1), at: at(1)) == [])
    }

    @Test func `a job that was passed often enough gets the slots drained for it`() {
        var controller = AdmissionController(limits: .init(slots: 2, memoryBytes: 100))
        _ = controller.arrive(1, arrival("a", memory: 10), at: at(0))
        _ = controller.arrive(2, arrival("b", memory: 100), at: at(0))
        var passes = 0
        var ticket: UInt64 = 3
        while controller.arrive(ticket, arrival("small", memory: 10), at: at(0)) == [.start(ticket)] {
            passes += 1
            _ = controller.finish(ticket, succeeded: true, at: at(0))
            ticket += 1
        }
        #expect(passes == controller.limits.passesBeforeDraining)
        #expect(controller.finish(1, succeeded: true, at: at(1)) == [.start(2)])
        #expect(controller.finish(2, succeeded: true, at: at(2)) == [.start(ticket)])
    }

    @Test func `when the one that the slots drained for leaves, the others start`() {
        var controller = AdmissionController(limits: .init(slots: 3, memoryBytes: 100))
        _ = controller.arrive(1, arrival("a", memory: 10), at: at(0))
        _ = controller.arrive(2, arrival("b", memory: 100), at: at(0))
        for pass in 0..<UInt64(controller.limits.passesBeforeDraining) {
            _ = controller.arrive(10 + pass, arrival("c", memory: 1), at: at(0))
            _ = controller.finish(10 + pass, succeeded: true, at: at(0))
        }
        #expect(controller.arrive(3, arrival("d", memory: 1), at: at(0)) == [])
        #expect(controller.leave(2, at: at(0)) == [.start(3)])
    }

    // MARK: Promises and deadlines

    @Test func `who would wait longer than the terms allow is not taken`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, arrival(maximumWait: 3), at: at(0))
        _ = controller.arrive(2, arrival(maximumWait: 3), at: at(0))
        #expect(controller.arrive(3, arrival(maximumWait: 3.1), at: at(0)) == [])
        guard case .notNow(let seconds) = reason(controller.arrive(4, arrival(maximumWait: 3.1), at: at(0))) else {
            Issue.record("it was taken")
            return
        }
        #expect(abs(seconds - 4) < 0.01)
        #expect(controller.waitingCount.direct == 2)
        // A little later a little of the work is done.
        #expect(controller.arrive(5, arrival(maximumWait: 3.2), at: at(0.85)) == [])
    }

    @Test func `a deadline out of reach is refused with the prediction`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, arrival(), at: at(0))
        let refused = reason(controller.arrive(2, arrival(deadline: at(1.9)), at: at(0)))
        guard case .deadlineOutOfReach(let seconds) = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(abs(seconds - 2) < 0.01)
        #expect(controller.arrive(3, arrival(deadline: at(2.1)), at: at(0)) == [])
        #expect(reason(controller.arrive(4, arrival(deadline: at(-1)), at: at(0))) != nil)
    }

    @Test func `a job is dropped at its deadline, and not before`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, arrival(), at: at(0))
        _ = controller.arrive(2, arrival(deadline: at(2.5)), at: at(0))
        #expect(controller.nextAlarm == at(2.5))
        #expect(controller.advance(to: at(2.4)) == [])
        guard case .deadlinePassed = reason(controller.advance(to: at(2.5))) else {
            Issue.record("it was not dropped")
            return
        }
        #expect(controller.nextAlarm == nil)
        #expect(controller.finish(1, succeeded: true, at: at(9)) == [])
        #expect(controller.isIdle)
    }

    @Test func `a slot that frees after the deadline is not for the job, even if the alarm is late`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, arrival(), at: at(0))
        _ = controller.arrive(2, arrival(deadline: at(2.5)), at: at(0))
        _ = controller.arrive(3, arrival(), at: at(0))
        let actions = controller.finish(1, succeeded: true, at: at(4))
        #expect(actions.count == 2)
        guard case .deadlinePassed = reason(actions) else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions.last == .start(3))
    }

    @Test func `a promise that can't be kept is taken back while the job has not begun`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, arrival(), at: at(0))
        #expect(controller.arrive(2, arrival(maximumWait: 3), at: at(0)) == [])
        // 1.1 · 3 s, less its own second.
        let alarm = controller.nextAlarm.map { ($0 - start) / .seconds(1) } ?? 0
        #expect(abs(alarm - 2.3) < 0.01)
        guard case .notNow = reason(controller.advance(to: at(2.31))) else {
            Issue.record("it still waits")
            return
        }
        #expect(controller.waitingCount.direct == 0)
    }
}
