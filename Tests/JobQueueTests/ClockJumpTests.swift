import Foundation
import JobQueue
import JobQueueSQLite
import Synchronization
import Testing

/// The stores of one process measure a worker's silence by a clock that nobody sets.
@Suite(.timeLimit(.minutes(5))) struct ClockJumpTests {
    /// A date that jumps while the machine's uptime goes on as ever.
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

    @Test func `a jump of the date takes no job from a living worker of the memory store`() async throws {
        let date = JumpingDate()
        try await check(MemoryJobStore(clock: date.clock), date)
    }

    @Test func `a jump of the date takes no job from a living worker of the SQLite store`() async throws {
        let folder = try JobFolder()
        defer { folder.remove() }
        let date = JumpingDate()
        try await check(SQLiteJobStore(path: folder.path("jobs.db"), clock: date.clock), date)
    }
}
