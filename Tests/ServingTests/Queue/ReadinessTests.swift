import JobQueue
import Serving
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReadinessTests {
    /// A readiness, and the number of tasks that wait for it after each change.
    private func readiness() -> (readiness: Readiness, waiters: AsyncStream<Int>) {
        let (waiters, continuation) = AsyncStream<Int>.makeStream()
        return (Readiness(observeWaiters: { continuation.yield($0) }), waiters)
    }

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
    func `waiting tasks continue when the start ends in either way`(becomesReady: Bool) async {
        let (readiness, waiters) = readiness()
        async let first: Void = readiness.waitUntilStarted(atMost: .seconds(600), maximumWaiters: 2)
        async let second: Void = readiness.waitUntilStarted(atMost: .seconds(600), maximumWaiters: 2)
        _ = await waiters.first { $0 == 2 }
        // A third task is over the limit and does not wait.
        await readiness.waitUntilStarted(atMost: .seconds(600), maximumWaiters: 2)
        if becomesReady { readiness.becomeReady() } else { readiness.beginDraining() }
        _ = await (first, second)
        await readiness.waitUntilStarted(atMost: .seconds(600), maximumWaiters: 2)
    }

    @Test func `waiting tasks continue when the time is over or they are cancelled`() async {
        await Readiness().waitUntilStarted(atMost: .milliseconds(1), maximumWaiters: 1)
        let (readiness, waiters) = readiness()
        let task = Task { await readiness.waitUntilStarted(atMost: .seconds(600), maximumWaiters: 1) }
        _ = await waiters.first { $0 == 1 }
        task.cancel()
        await task.value
        #expect(await waiters.first { $0 == 0 } == 0)
    }

    @Test func `a handler that is still loading rejects requests with a time to try again`() async throws {
        let loading = LoadingHandler()
        let request = JobRequest(image: [1, 2, 3, 4])
        let error = await #expect(throws: JobError.self) { try await loading.prepare(request) }
        #expect(error?.kind == .overloaded)
        #expect(error?.retryAfter != nil)
        let handler = GatedHandler()
        loading.install(handler)
        let task = Task { try await loading.prepare(request).run() }
        var started = handler.started.makeAsyncIterator()
        #expect(await started.next() == 4)
        handler.releaseOne()
        #expect(try await task.value.bytes.count == 4)
    }
}
