import Serving
import Testing

@Suite struct AdmissionPredictionTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func expect(
        _ controller: AdmissionController, _ job: AdmissionRequest = request("probe"), takes seconds: Double,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let predicted = controller.predictedSeconds(for: job)
        #expect(abs(predicted - seconds) < 0.01, "predicted \(predicted)", sourceLocation: location)
    }

    @Test func `a single job gets every core, a second one half of them`() {
        var controller = AdmissionController(limits: .init(slots: 4))
        expect(controller, takes: 0.25)
        _ = controller.arrive(1, request(), at: at(0))
        expect(controller, takes: 0.5)
        // Halfway through the first job, which shares its last half core-second and then ends.
        _ = controller.advance(to: at(0.125))
        expect(controller, takes: 0.375)
    }

    @Test func `on a full machine jobs run on one core, in the slots that become free first`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        for ticket in 1...2 { _ = controller.arrive(UInt64(ticket), request("client \(ticket)"), at: at(0)) }
        expect(controller, takes: 2)
        _ = controller.arrive(3, request("client 3"), at: at(0))
        expect(controller, takes: 2)
        _ = controller.arrive(4, request("client 4"), at: at(0.5))
        expect(controller, takes: 2.5)
    }

    @Test func `only jobs that go before count`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        for ticket in 1...11 { _ = controller.arrive(UInt64(ticket), request("flood"), at: at(0)) }
        expect(controller, request("flood"), takes: 12)
        expect(controller, request("other"), takes: 3)
    }

    @Test func `a cancelled job shortens the wait`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        for ticket in 1...3 { _ = controller.arrive(UInt64(ticket), request("client \(ticket)"), at: at(0)) }
        expect(controller, takes: 4)
        _ = controller.cancel(2, at: at(0))
        expect(controller, takes: 3)
    }

    @Test func `jobs of the other class go in between, and more of them when its workers are all busy`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        for ticket in 1...2 { _ = controller.arrive(UInt64(ticket), request("client \(ticket)"), at: at(0)) }
        for ticket in 3...6 { _ = controller.arrive(UInt64(ticket), request("client \(ticket)"), at: at(0)) }
        expect(controller, takes: 4)
        _ = controller.arrive(11, request("store", jobClass: .queued), at: at(0))
        expect(controller, takes: 4)  // five others before it: second 2 and 3, and half of second 4
        _ = controller.arrive(12, request("store", jobClass: .queued), at: at(0))
        // One queued job for each direct one, and two for those that run; a slot has five of these ten, and what it does now.
        expect(controller, takes: 7)
    }

    @Test func `a job that takes longer than predicted never counts as done`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(), at: at(0))
        _ = controller.advance(to: at(50))
        expect(controller, takes: 1.1)
    }

    @Test func `measured costs apply to jobs that wait already`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        for ticket in 1...3 { _ = controller.arrive(UInt64(ticket), request("client \(ticket)"), at: at(0)) }
        expect(controller, takes: 4)
        _ = controller.finish(1, succeeded: true, at: at(2))
        #expect(controller.model.hasMeasured)
        expect(controller, takes: 6)  // three jobs of two seconds
    }

    @Test func `failed runs are not measured`() {
        var controller = AdmissionController(limits: .init(slots: 1))
        _ = controller.arrive(1, request(), at: at(0))
        _ = controller.finish(1, succeeded: false, at: at(0.01))
        #expect(!controller.model.hasMeasured)
    }

    @Test func `the cost of a job is measured by the cores that it had`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        _ = controller.arrive(1, request(), at: at(0))
        _ = controller.arrive(2, request(), at: at(0.5))  // the first has had 1 core-second by now
        _ = controller.finish(1, succeeded: true, at: at(1.5))  // and another one
        #expect(abs(controller.model.coreSeconds(pixels: pixelsOfOneCoreSecond) - 2) < 0.01)
    }

    @Test func `the prediction for a job in the store grows with its position and shrinks with more workers`() {
        var controller = AdmissionController(limits: .init(slots: 2))
        let one = controller.model.coreSeconds(pixels: 512 * 512)
        #expect(abs(controller.secondsUntilDone(position: 1, workers: 1) - one / 2) < 1e-9)
        _ = controller.arrive(1, request(pixels: 512 * 512, jobClass: .queued), at: at(0))
        _ = controller.arrive(2, request(pixels: 512 * 512, jobClass: .queued), at: at(0))
        #expect(abs(controller.secondsUntilDone(position: 11, workers: 1) - 7 * one) < 1e-6)
        #expect(abs(controller.secondsUntilDone(position: 11, workers: 5) - 3 * one) < 1e-6)
        let alone = controller.secondsUntilDone(position: 11, workers: 1)
        for ticket in 3...4 { _ = controller.arrive(UInt64(ticket), request(), at: at(0)) }
        #expect(controller.secondsUntilDone(position: 11, workers: 1) > 1.5 * alone)
        #expect(controller.secondsUntilDone(position: -4, workers: 0) > 0)
    }
}
