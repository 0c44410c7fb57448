import JobQueue
import Testing

@Suite(.timeLimit(.minutes(5))) struct FinalJobsTests {
    @Test func `cancelled jobs do not pile up without end`() async throws {
        let store = MemoryJobStore(clock: ManualClock().jobClock)
        var ids: [JobID] = []
        for _ in 0..<(JobStoreLimits.finalJobs + 5) {
            let id = try await store.addOne()
            _ = try await store.cancel(id)
            ids.append(id)
        }
        #expect(try await store.sweep() == JobStoreSweep(removed: 5))
        #expect(try await store.status(of: Array(ids.prefix(5))).isEmpty)
        #expect(try await store.known(ids[5]).state == .cancelled)
    }
}
