import Foundation
import JobQueue
import Testing

/// What outlives the process, and what several processes share. Stores that do neither are left out.
@Suite(.timeLimit(.minutes(5))) struct RestartTests {
    static let lasting = storesUnderTest.filter { $0.name != "memory" }

    @Test(arguments: lasting) func `queued jobs, results and keys are there after a kill`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let key = JobSubmission.IdempotencyKey(key: "k", fingerprint: "f")
            let done = submission("ann", key: key)
            _ = try await opened.store.add(done)
            let claim = try await opened.store.claimNow()
            _ = try await opened.store.finish(claim, with: .success(picture()))
            let waiting = [submission("ann", bytes: 9), submission("ann", bytes: 8), submission("bob", bytes: 7)]
            for job in waiting { _ = try await opened.store.add(job) }
            let ids = waiting.map(\.id)
            let positions = try await opened.store.positions(of: ids)

            let restart = try #require(opened.restart)
            let store = try await restart()
            #expect(try await store.positions(of: ids) == positions)
            #expect(try await store.result(of: done.id) == picture())
            #expect(try await store.known(done.id).state == .done)
            #expect(try await store.add(submission("ann", key: key)) == .existing(done.id))
            var found: [JobSubmission] = []
            while let claim = try await store.claim(by: "w9", waitingUpTo: .zero) { found.append(claim.submission) }
            #expect(Set(found.map(\.id)) == Set(ids))
            for job in waiting { #expect(found.contains(job)) }
        }
    }

    @Test(arguments: lasting) func `a job that ran when the process was killed runs again`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let ids = try await opened.store.addMany(2)
            let lost = try await opened.store.claimNow(by: "w1")
            let restart = try #require(opened.restart)
            let store = try await restart()
            try await opened.advance(.seconds(20_000))
            #expect(try await store.sweep() == JobStoreSweep(reclaimed: 1))
            let claim = try await store.claimNow(by: "w2")
            #expect(claim.submission == lost.submission)
            #expect(claim.attempt == 2)
            #expect(try await store.renewLease([ids[0]: nil], by: "w1") == [ids[0]])
            #expect(try await store.finish(lost, with: .success(picture())) == false)
            #expect(try await store.finish(claim, with: .success(picture())))
        }
    }

    @Test(arguments: lasting) func `turns go on where they were after a kill`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            _ = try await opened.store.addMany(20, of: "ann")
            for _ in 0..<10 { _ = try await opened.store.finish(opened.store.claimNow(), with: .success(picture())) }
            let restart = try #require(opened.restart)
            let store = try await restart()
            _ = try await store.addMany(3, of: "bob")
            var clients: [String] = []
            for _ in 0..<6 { clients.append(try await store.claimNow().submission.client) }
            #expect(clients.filter { $0 == "bob" }.count == 3)
            #expect(clients[5] != clients[4])
        }
    }

    @Test(arguments: lasting) func `a job that killed three processes is dead-lettered`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let id = try await opened.store.addOne()
            let restart = try #require(opened.restart)
            var store = opened.store
            for attempt in 1...3 {
                #expect(try await store.claimNow(by: "w\(attempt)").attempt == attempt)
                store = try await restart()
                try await opened.advance(.seconds(20_000))
                #expect(try await store.sweep() == (attempt < 3 ? JobStoreSweep(reclaimed: 1) : JobStoreSweep(deadLettered: 1)))
            }
            #expect(try await store.known(id).state == .failed)
            #expect(try await store.known(id).failure?.message.contains("3 times") == true)
        }
    }

    @Test(arguments: lasting) func `processes that share a store see one queue`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            guard let peer = opened.peer else { return }
            let other = try await peer()
            let id = try await opened.store.addOne()
            #expect(try await other.known(id).position == 1)
            let claim = try await other.claimNow(by: "other")
            #expect(try await opened.store.claim(by: "w1", waitingUpTo: .zero) == nil)
            // A process that says nothing for a while counts as gone.
            try await eventually("both are counted") {
                _ = try await other.load()
                return try await opened.store.load().workers == 2
            }
            #expect(try await opened.store.cancel(id)?.state == .cancelled)
            #expect(try await other.renewLease([id: nil], by: "other") == [id])
            #expect(try await other.finish(claim, with: .success(picture())) == false)
            async let waiting = other.claim(by: "other", waitingUpTo: .seconds(600))
            let next = try await opened.store.addOne()
            #expect(try await waiting?.submission.id == next)
        }
    }
}
