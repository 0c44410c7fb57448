import JobQueue
import Serving
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReadinessTests {
    @Test func `readiness only moves forward`() {
        let readiness = Readiness()
        #expect(readiness.current == .starting)
        readiness.becomeReady()
        #expect(readiness.current == .ready)
        readiness.beginDraining()
        readiness.becomeReady()
        #expect(readiness.current == .draining)
    }

    @Test(arguments: [true, false])
    func `who waits for the start goes on when it is over, in whatever way`(becomesReady: Bool) async {
        let readiness = Readiness()
        async let waiting: Void = readiness.untilStarted(within: .seconds(600), among: 2)
        async let another: Void = readiness.untilStarted(within: .seconds(600), among: 2)
        while readiness.waiting < 2 { await Task.yield() }
        await readiness.untilStarted(within: .seconds(600), among: 2)
        if becomesReady { readiness.becomeReady() } else { readiness.beginDraining() }
        _ = await (waiting, another)
        #expect(readiness.waiting == 0)
        await readiness.untilStarted(within: .seconds(600), among: 2)
    }

    @Test func `who waits for the start goes on when the time is over, or when nobody wants it any more`() async {
        let readiness = Readiness()
        await readiness.untilStarted(within: .milliseconds(1), among: 1)
        #expect(readiness.current == .starting)
        let task = Task { await readiness.untilStarted(within: .seconds(600), among: 1) }
        while readiness.waiting == 0 { await Task.yield() }
        task.cancel()
        await task.value
        #expect(readiness.waiting == 0)
    }

    @Test func `a handler that is still loading asks to come back`() async throws {
        let loading = LoadingHandler()
        let error = await #expect(throws: JobError.self) { try await loading.run(job(1), isUrgent: false) { _ in } }
        #expect(error?.kind == .overloaded)
        #expect(error?.retryAfter != nil)
        let handler = GatedHandler()
        loading.install(handler)
        let task = Task { try await loading.run(job(4), isUrgent: false) { _ in } }
        var started = handler.started.makeAsyncIterator()
        #expect(await started.next() == 4)
        handler.releaseOne()
        #expect(try await task.value.bytes.count == 4)
    }
}
