import Foundation
import JobQueue
import JobQueueSQLite
import Synchronization
import Testing

/// The stores whose clocks are those of one process.
@Suite(.timeLimit(.minutes(5))) struct InProcessStoreTests {
    /// A date that jumps while the uptime does not.
    private final class JumpingDate: Sendable {
        private let seconds = Mutex(1_800_000_000.0)

        var clock: JobClock {
            JobClock(now: { Date(timeIntervalSince1970: self.seconds.withLock { $0 }) }, uptime: { 5 })
        }

        func jump(by delta: Double) { seconds.withLock { $0 += delta } }
    }

    private func check(_ store: any JobStore, _ date: JumpingDate) async throws {
        let ids = try await store.addMany(2)
        let claim = try await store.claimNow()
        for delta in [86_400.0, -200_000, 400_000] {
            date.jump(by: delta)
            #expect(try await store.sweep() == JobStoreSweep())
            #expect(try await store.renewLease([ids[0]: nil], by: "w1").isEmpty)
        }
        #expect(try await store.finish(claim, with: .success(picture())))
        #expect(try await store.runAll() == [ids[1]])
        await store.close()
    }

    @Test func `a jump of the date does not expire the leases of the memory store`() async throws {
        let date = JumpingDate()
        try await check(MemoryJobStore(clock: date.clock), date)
    }

    @Test func `a jump of the date does not expire the leases of the SQLite store`() async throws {
        let folder = try JobFolder()
        defer { folder.remove() }
        let date = JumpingDate()
        try await check(SQLiteJobStore(path: folder.path("jobs.db"), clock: date.clock), date)
    }

    @Test func `the number of final jobs is bounded`() async throws {
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
