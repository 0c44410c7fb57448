import Foundation
import JobQueue
import Testing

@Suite(.timeLimit(.minutes(5))) struct CancelAndResultTests {
    @Test(arguments: storesUnderTest) func `a waiting job is cancelled at once`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            let status = try await opened.store.cancel(id)
            #expect(status?.state == .cancelled)
            #expect(status?.finished != nil)
            #expect(status?.position == nil)
            #expect(try await opened.store.known(id) == status)
            #expect(try await opened.store.claim(by: "w1", waitingUpTo: .zero) == nil)
            #expect(try await opened.store.load() == JobStoreLoad(workers: opened.store.load().workers))
        }
    }

    @Test(arguments: storesUnderTest) func `the worker of a cancelled job learns it and its result is thrown away`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            let claim = try await opened.store.claimNow()
            #expect(try await opened.store.cancel(id)?.state == .cancelled)
            #expect(try await opened.store.renewLease([id: JobProgress(layer: 1, layers: 2)], by: "w1") == [id])
            #expect(try await opened.store.finish(claim, with: .success(picture())) == false)
            try await opened.store.release(claim)
            #expect(try await opened.store.known(id).state == .cancelled)
            #expect(try await opened.store.result(of: id) == nil)
            #expect(try await opened.store.load().running == 0)
        }
    }

    @Test(arguments: storesUnderTest) func `a final job stays as it is when it is cancelled`(_ under: StoreUnderTest) async throws
    {
        try await under.run { opened async throws in
            let id = try await opened.store.addOne()
            _ = try await opened.store.runAll()
            #expect(try await opened.store.cancel(id)?.state == .done)
            #expect(try await opened.store.result(of: id) != nil)
            #expect(try await opened.store.cancel(JobID()) == nil)
        }
    }

    @Test(arguments: storesUnderTest) func `the status of many jobs comes in one answer without the unknown`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let ids = try await opened.store.addMany(4)
            _ = try await opened.store.claimNow()
            _ = try await opened.store.cancel(ids[3])
            let all = try await opened.store.status(of: ids + [JobID(), ids[1]])
            #expect(ids.map { all[$0]?.state } == [.running, .queued, .queued, .cancelled])
            #expect(all.count == 4)
            #expect(try await opened.store.status(of: []).isEmpty)
            #expect(try await opened.store.result(of: JobID()) == nil)
        }
    }

    @Test(arguments: storesUnderTest) func `final jobs go when their time is over`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let ids = try await opened.store.addMany(3)
            _ = try await opened.store.cancel(ids[2])
            let claim = try await opened.store.claimNow()
            _ = try await opened.store.finish(claim, with: .success(picture(bytes: 10)))
            try await opened.advance(.seconds(60_000))
            #expect(try await opened.store.runAll() == [ids[1]])
            #expect(try await opened.store.sweep() == JobStoreSweep())
            try await opened.advance(.seconds(60_000))
            #expect(try await opened.store.sweep() == JobStoreSweep(removed: 2))
            #expect(try await Set(opened.store.status(of: ids).keys) == [ids[1]])
            #expect(try await opened.store.result(of: ids[0]) == nil)
            #expect(try await opened.store.load().resultBytes == 4)
        }
    }

    @Test(arguments: storesUnderTest) func `results beyond the byte budget go, the oldest first`(
        _ under: StoreUnderTest
    ) async throws {
        var limits = JobStoreLimits.slow
        limits.resultBytes = 25
        try await under.run(limits) { opened async throws in
            let ids = try await opened.store.addMany(4)
            for _ in ids {
                #expect(try await opened.store.finish(opened.store.claimNow(), with: .success(picture(bytes: 10))))
                try await opened.advance(.seconds(10))
            }
            #expect(try await opened.store.sweep() == JobStoreSweep(removed: 2))
            #expect(try await Set(opened.store.status(of: ids).keys) == Set(ids[2...]))
            #expect(try await opened.store.load().resultBytes == 20)
        }
    }

    @Test(arguments: storesUnderTest) func `jobs without a result do not go for the byte budget`(
        _ under: StoreUnderTest
    ) async throws {
        var limits = JobStoreLimits.slow
        limits.resultBytes = 5
        try await under.run(limits) { opened async throws in
            let ids = try await opened.store.addMany(2)
            _ = try await opened.store.cancel(ids[0])
            #expect(try await opened.store.finish(opened.store.claimNow(), with: .success(picture(bytes: 10))))
            #expect(try await opened.store.sweep() == JobStoreSweep(removed: 1))
            #expect(try await Set(opened.store.status(of: ids).keys) == [ids[0]])
        }
    }

    @Test(arguments: storesUnderTest) func `the load tells what is in the store`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            for bytes in 1...4 { _ = try await opened.store.addOne(bytes: bytes) }
            let claim = try await opened.store.claimNow()
            _ = try await opened.store.claimNow()
            _ = try await opened.store.finish(claim, with: .success(picture(bytes: 11)))
            let load = try await opened.store.load()
            #expect(load == JobStoreLoad(queued: 2, queuedBytes: 7, running: 1, resultBytes: 11, workers: 1))
        }
    }
}
