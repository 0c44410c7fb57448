import Foundation
import JobQueue
import JobQueueRedis
import Testing

/// What callers see while Redis cannot be reached or refuses commands.
@Suite(.timeLimit(.minutes(5))) struct RedisFailureTests {
    private func reason(of call: () async throws -> Void) async -> String {
        do {
            try await call()
            return "nothing was wrong"
        } catch JobStoreError.unavailable(let reason) {
            return reason
        } catch {
            return "another error: \(error)"
        }
    }

    @Test func `jobs survive a killed Redis, and calls in the meantime fail`() async throws {
        let server = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
        defer { server.folder.remove() }
        let store = try server.store()
        let done = try await store.addOne()
        _ = try await store.finish(store.claimNow(), with: .success(picture()))
        let ids = try await store.addMany(3)
        let claim = try await store.claimNow()
        let waiting = Task { try await store.claim(by: "w2", waitingUpTo: .zero) }
        #expect(try await waiting.value?.submission.id == ids[1])

        server.kill()
        for _ in 0..<5 {
            let reason = await reason { _ = try await store.add(submission()) }
            #expect(reason.contains("no connection to redis://127.0.0.1"))
        }
        #expect(await reason { _ = try await store.claim(by: "w1", waitingUpTo: .seconds(600)) } != "nothing was wrong")

        try await server.start()
        try await eventually("the store finds Redis again") { (try? await store.load()) != nil }
        #expect(try await store.load() == JobStoreLoad(queued: 1, queuedBytes: 3, running: 2, resultBytes: 4))
        #expect(try await store.finish(claim, with: .success(picture())))
        #expect(try await store.result(of: done) == picture())
        #expect(try await store.runAll() == [ids[2]])
        await store.close()
    }

    @Test func `a waiting claim fails when Redis ends, and later claims succeed when it is back`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let claims = EventCounter()
        let store = RedisJobStore(at: try server.address, onWait: claims.record)
        let waiting = Task { try await store.claim(by: "w1", waitingUpTo: .seconds(600)) }
        await claims.wait(for: 1)
        server.kill()
        #expect(await reason { _ = try await waiting.value } != "nothing was wrong")
        try await server.start()
        try await eventually("the store finds Redis again") { (try? await store.addOne()) != nil }
        try await eventually("jobs are claimed again") { (try? await store.claim(by: "w1", waitingUpTo: .zero)) != nil }
        await store.close()
    }

    @Test func `broken connections neither lose nor repeat a call`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        for _ in 0..<5 {
            let id = try await store.addOne()
            _ = try server.cli("CLIENT", "KILL", "TYPE", "normal")
            let claim = try await store.claimNow()
            #expect(claim.submission.id == id && claim.attempt == 1)
            _ = try server.cli("CLIENT", "KILL", "TYPE", "normal")
            #expect(try await store.finish(claim, with: .success(picture())))
        }
        await store.close()
    }

    @Test func `calls to a hanging Redis time out`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        _ = try await store.addOne()
        server.freeze(true)
        #expect(await reason { _ = try await store.load() }.contains("did not answer within 2 s"))
        #expect(await reason { _ = try await store.load() }.contains("did not answer within 2 s"))
        server.freeze(false)
        try await eventually("the store finds Redis again") { (try? await store.load().queued) == 1 }
        await store.close()
    }

    @Test func `flushed scripts are sent again`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        for _ in 0..<3 {
            _ = try await store.addOne()
            _ = try server.cli("SCRIPT", "FLUSH")
        }
        #expect(try await store.runAll().count == 3)
        await store.close()
    }

    @Test func `a wrong or missing password is reported`() async throws {
        let server = try await RedisServer(["--requirepass", "open sesame"])
        defer { server.folder.remove() }
        for (access, hint) in [(":wrong@", "does not accept"), ("", "wants a password"), ("nobody:x@", "does not accept")] {
            let store = RedisJobStore(at: try RedisAddress("redis://\(access)127.0.0.1:\(server.port)"))
            #expect(await reason { _ = try await store.load() }.contains(hint))
            await store.close()
        }
        let store = RedisJobStore(at: try RedisAddress("redis://default:open%20sesame@127.0.0.1:\(server.port)/5"))
        _ = try await store.addOne()
        #expect(try await store.load().queued == 1)
        await store.close()
    }

    @Test func `an unneeded password and an unknown database are reported`() async throws {
        let server = try await RedisServer(["--databases", "2"])
        defer { server.folder.remove() }
        for (text, hint) in [(":x@127.0.0.1:\(server.port)", "Redis has none"), ("127.0.0.1:\(server.port)/7", "no database")] {
            let store = RedisJobStore(at: try RedisAddress("redis://\(text)"))
            #expect(await reason { _ = try await store.load() }.contains(hint))
            await store.close()
        }
    }

    @Test func `a full Redis accepts no job, and its jobs are finished`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        let ids = try await store.addMany(2)
        _ = try server.cli("CONFIG", "SET", "maxmemory", "1")
        #expect(await reason { _ = try await store.add(submission()) }.contains("maxmemory"))
        #expect(try await store.load().queued == 2)
        let claim = try await store.claimNow()
        #expect(try await store.renewLease([ids[0]: JobProgress(layer: 1, layers: 2)], by: "w1").isEmpty)
        #expect(try await store.finish(claim, with: .success(picture())))
        #expect(try await store.runAll() == [ids[1]])
        #expect(try await store.claim(by: "w1", waitingUpTo: .zero) == nil)
        _ = try server.cli("CONFIG", "SET", "maxmemory", "0")
        _ = try await store.addOne()
        await store.close()
    }

    @Test func `a replica accepts no job`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        _ = try await store.addOne()
        _ = try server.cli("CONFIG", "SET", "replica-serve-stale-data", "yes")
        _ = try server.cli("REPLICAOF", "127.0.0.1", "1")
        #expect(await reason { _ = try await store.add(submission()) }.contains("read-only replica"))
        _ = try server.cli("REPLICAOF", "NO", "ONE")
        _ = try await store.addOne()
        #expect(try await store.load().queued == 2)
        await store.close()
    }

    @Test func `a refused connection is reported at once`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        server.kill()
        let store = try server.store()
        for _ in 0..<20 { #expect(await reason { _ = try await store.load() }.contains("refused")) }
        await store.close()
    }
}
