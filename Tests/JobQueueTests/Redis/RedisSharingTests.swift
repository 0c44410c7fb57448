import Foundation
import JobQueue
import JobQueueRedis
import Testing

/// Several processes on one queue, and what an operator sees of it.
@Suite(.timeLimit(.minutes(5))) struct RedisSharingTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `two processes finish each job once whatever the order of their calls`(_ seed: UInt64) async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let stores = [try server.store(), try server.store()]
        let finished = Mutexed<[JobID]>([]), finishes = EventCounter()
        let added = try await withThrowingTaskGroup(of: [JobID].self) { group in
            for number in 0..<4 {
                group.addTask {
                    try await work(on: stores[number % 2], as: "w\(number)", seed: seed * 10 + UInt64(number), finished, finishes)
                    return []
                }
                group.addTask { try await stores[number % 2].addMany(30, of: "client \(number % 3)") }
            }
            var added: [JobID] = []
            while added.count < 120, let some = try await group.next() { added += some }
            await finishes.wait(for: added.count)
            group.cancelAll()
            while (try? await group.next()) != nil {}
            return added
        }
        #expect(finished.value.count == 120)
        #expect(Set(finished.value) == Set(added))
        #expect(try await Set(stores[0].status(of: added).values.map(\.state)) == [.done])
        for store in stores { await store.close() }
    }

    /// Claims and finishes jobs until it is cancelled; some it releases.
    private func work(
        on store: RedisJobStore, as name: String, seed: UInt64, _ finished: Mutexed<[JobID]>, _ finishes: EventCounter
    ) async throws {
        var random = SeededRandom(seed: seed)
        while let claim = try await store.claim(by: name, waitingUpTo: .seconds(600)) {
            if Int.random(in: 0..<4, using: &random) == 0 {
                try await store.release(claim)
            } else if try await store.finish(claim, with: .success(picture())) {
                finished.change { $0.append(claim.submission.id) }
                finishes.record()
            }
        }
    }

    @Test func `a worker that dies three times over loses its job to the living, then the job is dead-lettered`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let shift = Mutexed<Duration>(.zero)
        let limits = JobStoreLimits(leaseDuration: .seconds(3_600))
        let dead = RedisJobStore(at: try server.address, limits: limits, timeShift: { shift.value })
        let living = RedisJobStore(at: try server.address, limits: limits, timeShift: { shift.value })
        let id = try await dead.addOne()
        for attempt in 1...3 {
            #expect(try await dead.claimNow(by: "dead").attempt == attempt)
            shift.change { $0 += .seconds(3_601) }
            #expect(try await living.sweep() == (attempt < 3 ? JobStoreSweep(reclaimed: 1) : JobStoreSweep(deadLettered: 1)))
        }
        #expect(try await living.known(id).failure == .workerDied(times: 3))
        #expect(try server.cli("HGET", "sakuga:{sakuga}:v2:counters", "deadLettered") == "1")
        await dead.close()
        await living.close()
    }

    @Test func `a job whose lease is renewed is not reclaimed`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let shift = Mutexed<Duration>(.zero)
        let store = RedisJobStore(
            at: try server.address, limits: JobStoreLimits(leaseDuration: .seconds(3_600)), timeShift: { shift.value })
        let id = try await store.addOne()
        let claim = try await store.claimNow()
        for _ in 0..<5 {
            shift.change { $0 += .seconds(2_400) }
            #expect(try await store.renewLease([id: nil], by: "w1").isEmpty)
            #expect(try await store.sweep().reclaimed == 0)
        }
        #expect(try await store.finish(claim, with: .success(picture())))
        await store.close()
    }

    @Test func `the number of workers is that of living processes`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let stores = [try server.store(), try server.store(), try server.store()]
        // A process that says nothing for a while counts as gone.
        try await eventually("three are counted") {
            for store in stores { _ = try await store.sweep() }
            return try await stores[0].load().workers == 3
        }
        await stores[2].close()
        try await eventually("two are left") {
            _ = try await stores[1].sweep()
            return try await stores[0].load().workers == 2
        }
        for store in stores { await store.close() }
    }

    @Test func `the sorted sets tell an operator what runs and what waits`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        var waiting = try await store.addMany(4, of: "ann") + store.addMany(3, of: "bob")
        func check(running: Int, queued: Int) throws {
            #expect(try server.cli("ZCARD", "sakuga:{sakuga}:v2:waiting") == "\(queued)")
            #expect(try server.cli("ZCARD", "sakuga:{sakuga}:v2:running") == "\(running)")
        }
        try check(running: 0, queued: 7)
        let first = try await store.claimNow()
        let second = try await store.claimNow(by: "w2")
        waiting.removeAll { [first, second].map(\.submission.id).contains($0) }
        try check(running: 2, queued: 5)
        #expect(try server.cli("HGET", "sakuga:{sakuga}:v2:job:\(second.submission.id)", "worker") == "w2")
        _ = try await store.cancel(waiting[4])
        try check(running: 2, queued: 4)
        _ = try await store.finish(first, with: .success(picture()))
        try check(running: 1, queued: 4)
        try await store.release(second)
        try check(running: 0, queued: 5)
        #expect(try await store.runAll().count == 5)
        try check(running: 0, queued: 0)
        await store.close()
    }

    @Test func `nothing is left of jobs that are gone`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let shift = Mutexed<Duration>(.zero)
        let store = RedisJobStore(at: try server.address, limits: .slow, timeShift: { shift.value })
        for number in 0..<20 {
            _ = try await store.add(submission("c\(number % 3)", key: .init(key: "\(number)", fingerprint: "f")))
        }
        _ = try await store.runAll()
        shift.change { $0 += .seconds(200_000) }
        #expect(try await store.sweep() == JobStoreSweep(removed: 20))
        let keys = Set(try server.cli("KEYS", "*").split(separator: "\n").map { $0.dropFirst("sakuga:{sakuga}:v2:".count) })
        #expect(keys == ["counters", "notifications", "tags", "processes"])
        await store.close()
    }

    @Test func `a dead worker's job comes back also when the clock of Redis is set back by a day`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let shift = Mutexed<Duration>(.zero)
        let limits = JobStoreLimits(leaseDuration: .seconds(3_600))
        let store = RedisJobStore(at: try server.address, limits: limits, timeShift: { shift.value })
        let ids = try await store.addMany(1)
        _ = try await store.claimNow()
        shift.change { $0 -= .seconds(86_400) }
        #expect(try await store.sweep() == JobStoreSweep())
        shift.change { $0 += .seconds(3_601) }
        #expect(try await store.sweep() == JobStoreSweep(reclaimed: 1))
        #expect(try await store.runAll() == ids)
        await store.close()
    }
}
