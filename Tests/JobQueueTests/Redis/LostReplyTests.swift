import Foundation
import JobQueue
import JobQueueRedis
import Testing

/// A connection that breaks after Redis has executed a command and before its reply arrives.
@Suite(.timeLimit(.minutes(5))) struct LostReplyTests {
    private func run(_ body: (RedisJobStore, ReplyDroppingProxy) async throws -> Void) async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let proxy = try ReplyDroppingProxy(to: server.port)
        defer { proxy.close() }
        let store = RedisJobStore(at: try RedisAddress("redis://127.0.0.1:\(proxy.port)"))
        // Loads the scripts, so that the next reply is that of a call.
        _ = try await store.addOne()
        let claim = try await store.claimNow()
        try await store.release(claim)
        _ = try await store.runAll()
        _ = try await store.sweep()
        try await body(store, proxy)
        await store.close()
    }

    @Test func `a job whose acceptance was lost is added once`() async throws {
        try await run { (store, proxy) async throws in
            let job = submission(key: .init(key: "k", fingerprint: "f"))
            proxy.dropNextReply()
            #expect(try await store.add(job) == .added(position: 1))
            #expect(try await store.load().queued == 1)
            #expect(try await store.add(job) == .existing(job.id))
        }
    }

    @Test func `a claim whose reply was lost is the same claim`() async throws {
        try await run { (store, proxy) async throws in
            let ids = try await store.addMany(2)
            proxy.dropNextReply()
            let claim = try await store.claimNow()
            #expect(claim.submission.id == ids[0] && claim.attempt == 1)
            #expect(try await store.load().running == 1)
        }
    }

    @Test func `a finish whose reply was lost counts`() async throws {
        try await run { (store, proxy) async throws in
            _ = try await store.addOne()
            let claim = try await store.claimNow()
            proxy.dropNextReply()
            #expect(try await store.finish(claim, with: .success(picture())))
            #expect(try await !store.finish(claim, with: .success(picture())))
            #expect(try await store.load().running == 0)
        }
    }

    @Test func `release and cancel may be sent twice`() async throws {
        try await run { (store, proxy) async throws in
            let id = try await store.addOne()
            proxy.dropNextReply()
            try await store.release(try await store.claimNow())
            proxy.dropNextReply()
            #expect(try await store.cancel(id)?.state == .cancelled)
            #expect(try await store.load().queued == 0)
        }
    }
}
