import JobQueue
import Serving
import Testing

@Suite struct QueueFullCacheTests {
    let rejection = JobError(.overloaded, "The queue is full.", retryAfter: 7)
    let now = ContinuousClock.now

    @Test func `a rejection is repeated for a moment, and then forgotten`() {
        let cache = QueueFullCache()
        #expect(cache.rejection(bytes: 1, at: now) == nil)
        cache.record(rejection, bytes: 0, at: now)
        #expect(cache.rejection(bytes: 1, at: now)?.retryAfter == 7)
        #expect(cache.rejection(bytes: 1, at: now + QueueFullCache.lifetime / 2)?.kind == .overloaded)
        #expect(cache.rejection(bytes: 1, at: now + QueueFullCache.lifetime) == nil)
    }

    @Test func `a queue without room for a large picture may have room for a small one`() {
        let cache = QueueFullCache()
        cache.record(rejection, bytes: 1_000, at: now)
        #expect(cache.rejection(bytes: 1_000, at: now) != nil)
        #expect(cache.rejection(bytes: 999, at: now) == nil)
    }
}
