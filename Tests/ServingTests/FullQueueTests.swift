import JobQueue
import Serving
import Testing

@Suite struct FullQueueTests {
    let refusal = JobError(.overloaded, "The queue is full.", retryAfter: 7)
    let now = ContinuousClock.now

    @Test func `what was refused a moment ago is refused again, and then asked about`() {
        let queue = FullQueue()
        #expect(queue.refusal(bytes: 1, at: now) == nil)
        queue.note(refusal, bytes: 0, at: now)
        #expect(queue.refusal(bytes: 1, at: now)?.retryAfter == 7)
        #expect(queue.refusal(bytes: 1, at: now + FullQueue.memory / 2)?.kind == .overloaded)
        #expect(queue.refusal(bytes: 1, at: now + FullQueue.memory) == nil)
    }

    @Test func `a queue without room for a large picture may have room for a small one`() {
        let queue = FullQueue()
        queue.note(refusal, bytes: 1_000, at: now)
        #expect(queue.refusal(bytes: 1_000, at: now) != nil)
        #expect(queue.refusal(bytes: 999, at: now) == nil)
    }
}
