import Foundation
import JobQueue
import Testing

@Suite(.timeLimit(.minutes(5))) struct ClaimTests {
    @Test(arguments: storesUnderTest) func `an empty store has nothing to give`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            #expect(try await opened.store.claim(by: "w1", waitingUpTo: .zero) == nil)
            #expect(try await opened.store.claim(by: "w1", waitingUpTo: .milliseconds(1)) == nil)
        }
    }

    @Test(arguments: storesUnderTest) func `a waiting worker gets a job as soon as it comes`(_ under: StoreUnderTest) async throws
    {
        try await under.run { opened async throws in
            for _ in 0..<5 {
                let claim = await opened.waitingClaim()
                let id = try await opened.store.addOne()
                #expect(try await claim.value?.submission.id == id)
            }
        }
    }

    @Test(arguments: storesUnderTest) func `a waiting worker gets what another releases`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            let first = try await opened.store.claimNow()
            let second = await opened.waitingClaim(by: "w2")
            try await opened.store.release(first)
            #expect(try await second.value?.submission.id == id)
        }
    }

    @Test(arguments: storesUnderTest) func `a waiting worker gets a job whose lease has expired`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run(.slow) { opened async throws in
            let id = try await opened.store.addOne()
            _ = try await opened.store.claimNow()
            let second = await opened.waitingClaim(by: "w2")
            try await opened.advance(.seconds(20_000))
            #expect(try await opened.store.sweep() == JobStoreSweep(reclaimed: 1))
            #expect(try await second.value?.submission.id == id)
        }
    }

    @Test(arguments: storesUnderTest) func `a cancelled worker stops waiting and takes nothing`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let waiting = await opened.waitingClaim()
            waiting.cancel()
            #expect(try await waiting.value == nil)
            _ = try await opened.store.addOne()
            #expect(
                try await opened.store.load() == JobStoreLoad(queued: 1, queuedBytes: 3, workers: opened.store.load().workers))
        }
    }

    @Test(arguments: storesUnderTest) func `many waiting workers get one job each`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let claimed = try await withThrowingTaskGroup(of: JobID?.self) { group in
                for number in 0..<8 {
                    group.addTask { try await opened.store.claim(by: "w\(number)", waitingUpTo: .seconds(600))?.submission.id }
                }
                let ids = try await opened.store.addMany(8)
                var claimed: [JobID] = []
                for try await id in group { claimed.append(try #require(id)) }
                #expect(Set(claimed) == Set(ids))
                return claimed
            }
            #expect(claimed.count == 8)
        }
    }

    @Test(arguments: storesUnderTest) func `a claimed job is running until it is finished`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            let queued = try await opened.store.known(id)
            #expect(queued.state == .queued)
            #expect(queued.submitted == Date(timeIntervalSince1970: 1_800_000_000))
            #expect(queued.started == nil && queued.finished == nil && queued.attempts == 0)
            let claim = try await opened.store.claimNow()
            let running = try await opened.store.known(id)
            #expect(running.state == .running)
            #expect(running.started != nil && running.finished == nil && running.position == nil)
            #expect(running.attempts == 1)
            #expect(try await opened.store.result(of: id) == nil)
            #expect(try await opened.store.finish(claim, with: .success(picture())))
            let done = try await opened.store.known(id)
            #expect(done.state == .done)
            #expect(done.started == running.started && done.finished != nil && done.failure == nil)
            #expect(try await opened.store.result(of: id) == picture())
        }
    }

    @Test(arguments: storesUnderTest) func `a failure is kept with its reason`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            let reason = JobError(.unsupportedImage, "No picture: “\u{0}\n” 图. Send a JPEG.", retryAfter: 3)
            #expect(try await opened.store.finish(opened.store.claimNow(), with: .failure(reason)))
            let status = try await opened.store.known(id)
            #expect(status.state == .failed)
            #expect(status.failure == reason)
            #expect(try await opened.store.result(of: id) == nil)
        }
    }

    @Test(arguments: storesUnderTest) func `a job is finished once`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            let claim = try await opened.store.claimNow()
            #expect(try await opened.store.finish(claim, with: .success(picture(bytes: 5))))
            #expect(try await opened.store.finish(claim, with: .success(picture(bytes: 6))) == false)
            #expect(try await opened.store.finish(claim, with: .failure(JobError(.internal, "late"))) == false)
            try await opened.store.release(claim)
            #expect(try await opened.store.result(of: id)?.bytes.count == 5)
            #expect(try await opened.store.load().queued == 0)
        }
    }

    @Test(arguments: storesUnderTest) func `progress shows while the job runs`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            let claim = try await opened.store.claimNow()
            #expect(try await opened.store.known(id).progress == nil)
            #expect(try await opened.store.renewLease([id: JobProgress(layer: 3, layers: 20)], by: "w1").isEmpty)
            #expect(try await opened.store.known(id).progress == JobProgress(layer: 3, layers: 20))
            #expect(try await opened.store.renewLease([id: nil], by: "w1").isEmpty)
            #expect(try await opened.store.known(id).progress == JobProgress(layer: 3, layers: 20), "nothing new was said")
            #expect(try await opened.store.renewLease([id: JobProgress(layer: 9, layers: 20)], by: "w1").isEmpty)
            #expect(try await opened.store.known(id).progress == JobProgress(layer: 9, layers: 20))
            _ = try await opened.store.finish(claim, with: .success(picture()))
            #expect(try await opened.store.known(id).progress == nil)
        }
    }

    @Test(arguments: storesUnderTest) func `a renewed lease does not expire`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let id = try await opened.store.addOne()
            let claim = try await opened.store.claimNow()
            for _ in 0..<3 {
                try await opened.advance(.seconds(6_000))
                #expect(try await opened.store.renewLease([id: nil], by: "w1").isEmpty)
                #expect(try await opened.store.sweep() == JobStoreSweep())
            }
            #expect(try await opened.store.finish(claim, with: .success(picture())))
        }
    }

    @Test(arguments: storesUnderTest) func `a job whose lease has expired goes to another worker`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run(.slow) { opened async throws in
            let id = try await opened.store.addOne()
            let lost = try await opened.store.claimNow(by: "w1")
            _ = try await opened.store.renewLease([id: JobProgress(layer: 5, layers: 9)], by: "w1")
            try await opened.advance(.seconds(20_000))
            #expect(try await opened.store.sweep() == JobStoreSweep(reclaimed: 1))
            #expect(try await opened.store.known(id).state == .queued)
            #expect(try await opened.store.known(id).progress == nil)
            let taken = try await opened.store.claimNow(by: "w2")
            #expect(taken.attempt == 2)
            #expect(taken.submission == lost.submission)
            #expect(try await opened.store.renewLease([id: nil], by: "w1") == [id])
            #expect(try await opened.store.finish(lost, with: .success(picture(bytes: 1))) == false)
            try await opened.store.release(lost)
            #expect(try await opened.store.renewLease([id: nil], by: "w2").isEmpty)
            #expect(try await opened.store.finish(taken, with: .success(picture(bytes: 2))))
            #expect(try await opened.store.result(of: id)?.bytes.count == 2)
        }
    }

    @Test(arguments: storesUnderTest) func `a worker that reclaims its own lost job cannot mix the two claims up`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run(.slow) { opened async throws in
            _ = try await opened.store.addOne()
            let lost = try await opened.store.claimNow(by: "w1")
            try await opened.advance(.seconds(20_000))
            _ = try await opened.store.sweep()
            let taken = try await opened.store.claimNow(by: "w1")
            #expect(try await opened.store.finish(lost, with: .success(picture())) == false)
            #expect(try await opened.store.finish(taken, with: .success(picture())))
        }
    }

    @Test(arguments: storesUnderTest) func `a lost job runs before those that came later`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let ids = try await opened.store.addMany(3)
            _ = try await opened.store.claimNow()
            try await opened.advance(.seconds(20_000))
            _ = try await opened.store.sweep()
            #expect(try await opened.store.positions(of: ids) == [1, 2, 3])
            #expect(try await opened.store.runAll() == ids)
        }
    }

    @Test(arguments: storesUnderTest) func `a job that kills its third worker is dead-lettered with the reason`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run(.slow) { opened async throws in
            let id = try await opened.store.addOne()
            for attempt in 1...3 {
                #expect(try await opened.store.claimNow(by: "w\(attempt)").attempt == attempt)
                try await opened.advance(.seconds(20_000))
                let report = try await opened.store.sweep()
                #expect(report == (attempt < 3 ? JobStoreSweep(reclaimed: 1) : JobStoreSweep(deadLettered: 1)))
            }
            let status = try await opened.store.known(id)
            #expect(status.state == .failed)
            #expect(status.attempts == 3)
            #expect(status.failure?.kind == .internal)
            #expect(status.failure?.message.contains("3 times") == true)
            #expect(try await opened.store.claim(by: "w4", waitingUpTo: .zero) == nil)
            #expect(try await opened.store.load() == JobStoreLoad(workers: opened.store.load().workers))
        }
    }

    @Test(arguments: storesUnderTest) func `a worker is told about jobs that are not its own`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let ids = try await opened.store.addMany(2)
            _ = try await opened.store.claimNow(by: "w1")
            let unknown = JobID()
            #expect(try await opened.store.renewLease([ids[0]: nil, ids[1]: nil, unknown: nil], by: "w1") == [ids[1], unknown])
            #expect(try await opened.store.renewLease([ids[0]: nil], by: "w2") == [ids[0]])
            #expect(try await opened.store.renewLease([:], by: "w1").isEmpty)
        }
    }
}
