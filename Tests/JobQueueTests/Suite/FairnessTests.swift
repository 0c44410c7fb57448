import Foundation
import JobQueue
import Testing

@Suite(.timeLimit(.minutes(5))) struct FairnessTests {
    @Test(arguments: storesUnderTest) func `one client's jobs run in their order`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let ids = try await opened.store.addMany(5)
            #expect(try await opened.store.positions(of: ids) == [1, 2, 3, 4, 5])
            #expect(try await opened.store.runAll() == ids)
        }
    }

    @Test(arguments: storesUnderTest) func `clients share the workers`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let ann = try await opened.store.addMany(3, of: "ann")
            let bob = try await opened.store.addMany(2, of: "bob")
            let eve = try await opened.store.addMany(1, of: "eve")
            let order = [ann[0], bob[0], eve[0], ann[1], bob[1], ann[2]]
            #expect(try await opened.store.positions(of: order) == [1, 2, 3, 4, 5, 6])
            #expect(try await opened.store.runAll() == order)
        }
    }

    @Test(arguments: storesUnderTest) func `one job does not wait for another client's hundred`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let many = try await opened.store.addMany(100, of: "ann")
            for _ in 0..<40 { _ = try await opened.store.claimNow() }
            #expect(try await opened.store.add(submission("bob")) == .added(position: 1))
            #expect(try await opened.store.claimNow().submission.client == "bob")
            #expect(try await opened.store.claimNow().submission.id == many[40])
        }
    }

    @Test(arguments: storesUnderTest) func `a client that comes back gets no credit for its absence`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            _ = try await opened.store.addMany(1, of: "bob")
            _ = try await opened.store.addMany(30, of: "ann")
            for _ in 0..<21 { _ = try await opened.store.claimNow() }
            _ = try await opened.store.addMany(5, of: "bob")
            var clients: [String] = []
            for _ in 0..<10 { clients.append(try await opened.store.claimNow().submission.client) }
            #expect(clients.filter { $0 == "bob" }.count == 5)
            #expect(Set(clients.prefix(3)) == ["ann", "bob"])
        }
    }

    @Test(arguments: storesUnderTest) func `clients that come back at once do not keep another's second job waiting`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let ann = try await opened.store.addMany(3, of: "ann")
            for client in ["bob", "eve"] { _ = try await opened.store.addOne(of: client) }
            var order: [JobID] = []
            for _ in 0..<20 {
                let job = try await opened.store.claimNow().submission
                order.append(job.id)
                // Each of the two always has one job in the queue.
                if job.client != "ann" { _ = try await opened.store.addOne(of: job.client) }
            }
            #expect(order.filter(ann.contains) == ann)
        }
    }

    @Test(arguments: storesUnderTest) func `ever new clients do not keep another's second job waiting`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let ann = try await opened.store.addMany(2, of: "ann")
            var order: [JobID] = []
            for number in 0..<20 {
                _ = try await opened.store.addOne(of: "new \(number)")
                order.append(try await opened.store.claimNow().submission.id)
            }
            #expect(order.filter(ann.contains) == ann)
        }
    }

    @Test(arguments: storesUnderTest) func `a job that leaves moves the others up`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            var ids = try await opened.store.addMany(4)
            _ = try await opened.store.cancel(ids.remove(at: 1))
            #expect(try await opened.store.positions(of: ids) == [1, 2, 3])
            #expect(try await opened.store.claimNow().submission.id == ids.removeFirst())
            #expect(try await opened.store.positions(of: ids) == [1, 2])
        }
    }

    @Test(arguments: storesUnderTest) func `a released job runs next and the attempt does not count`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let ids = try await opened.store.addMany(3)
            let claim = try await opened.store.claimNow()
            try await opened.store.release(claim)
            #expect(try await opened.store.positions(of: ids) == [1, 2, 3])
            #expect(try await opened.store.known(ids[0]).attempts == 0)
            let again = try await opened.store.claimNow(by: "w2")
            #expect(again.submission == claim.submission)
            #expect(again.attempt == 1)
            #expect(try await opened.store.finish(claim, with: .success(picture())) == false)
            try await opened.store.release(claim)
            #expect(try await opened.store.finish(again, with: .success(picture())))
        }
    }

    @Test(arguments: storesUnderTest) func `jobs are released even when the queue is full`(_ under: StoreUnderTest) async throws {
        try await under.run(JobStoreLimits(queuedJobs: 1)) { opened async throws in
            _ = try await opened.store.addOne()
            let claim = try await opened.store.claimNow()
            _ = try await opened.store.addOne()
            try await opened.store.release(claim)
            #expect(try await opened.store.load().queued == 2)
            #expect(try await opened.store.runAll().count == 2)
        }
    }
}
