import JobQueue
import Serving
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadinessTests {
    @Test func `readiness only moves forward`() {
        let readiness = Readiness()
        #expect(readiness.current == .starting)
        readiness.becomeReady()
        #expect(readiness.current == .ready)
        readiness.beginDraining()
        readiness.becomeReady()
        #expect(readiness.current == .draining)
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
