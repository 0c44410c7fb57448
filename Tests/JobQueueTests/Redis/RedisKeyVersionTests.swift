import Foundation
import JobQueue
import JobQueueRedis
import Testing

/// Processes of different versions on one Redis: none reads what another one wrote in another form.
@Suite(.timeLimit(.minutes(5))) struct RedisKeyVersionTests {
    @Test func `a process of version 1 finds none of the keys`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        for number in 0..<4 { _ = try await store.add(submission("ann", key: .init(key: "\(number)", fingerprint: "f"))) }
        _ = try await store.finish(store.claimNow(), with: .success(picture()))
        _ = try await store.claimNow()
        _ = try await store.sweep()
        let keys = try server.cli("KEYS", "*").split(separator: "\n")
        #expect(keys.count > 10)
        // Version 1 reads `waiting`, `counters`, `job:ID` and others directly behind the prefix; none of its names begins with `v2:`.
        #expect(keys.allSatisfy { $0.hasPrefix("sakuga:{sakuga}:v2:") })
        await store.close()
    }

    @Test func `jobs of version 1 are left alone`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let id = JobID(), prefix = "sakuga:{sakuga}:"
        // Its date is in seconds since 2001.
        _ = try server.cli("HSET", "\(prefix)job:\(id)", "state", "queued", "submitted", "821692800.5", "place", "0:\(id)")
        _ = try server.cli("ZADD", "\(prefix)waiting", "1", "0000000000000001:\(id)")
        _ = try server.cli("HSET", "\(prefix)counters", "bytes", "7", "turn", "3")
        let store = try server.store()
        #expect(try await store.load() == JobStoreLoad(workers: 1))
        #expect(try await store.status(of: id) == nil)
        #expect(try await store.claim(by: "w1", waitingUpTo: .zero) == nil)
        #expect(try await store.sweep() == JobStoreSweep())
        #expect(try server.cli("ZCARD", "\(prefix)waiting") == "1")
        await store.close()
    }

    @Test func `every date is in milliseconds since 1970`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try server.store()
        let deadline = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 50_000).rounded())
        let id = try await store.addOne(deadline: deadline)
        _ = try await store.finish(store.claimNow(), with: .success(picture()))
        let names = ["submitted", "deadline", "due", "started", "finished"]
        let values = try names.map { try server.cli("HGET", "sakuga:{sakuga}:v2:job:\(id)", $0) }
        #expect(values[0] == "1800000000000")
        #expect(values[1] == "\(Int(deadline.timeIntervalSince1970) * 1_000)")
        for value in values.dropFirst(2) {
            let seconds = Double(try #require(Int(value))) / 1_000
            #expect(abs(seconds - Date().timeIntervalSince1970) < 100_000)
        }
        await store.close()
    }
}
