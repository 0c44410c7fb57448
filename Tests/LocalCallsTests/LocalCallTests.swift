import Foundation
import Logging
import LocalCalls
import Testing

@Suite(.timeLimit(.minutes(5))) struct LocalCallTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` while a server answers at the path it gets.
    private func serving(
        limit: Int = 1 << 20, _ respond: @escaping @Sendable ([UInt8]) async throws -> [UInt8],
        _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        let folder = try SocketFolder()
        defer { folder.remove() }
        let path = folder.path("socket"), (listening, began) = AsyncStream<Void>.makeStream()
        let server = LocalServer(path: path, limit: limit, logger: logger, onListening: { began.finish() }, respond: respond)
        let running = Task { try await server.run() }
        for await _ in listening {}
        try await body(path)
        running.cancel()
        try await running.value
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `concurrent calls get their own responses`() async throws {
        try await serving({ $0.reversed() }) { path in
            let client = LocalClient(path: path)
            try await withThrowingTaskGroup { group in
                for number in 0..<200 {
                    group.addTask {
                        let bytes = [UInt8(number), 1, 2]
                        let answer = try await client.call(bytes, within: .seconds(600))
                        #expect(answer == bytes.reversed())
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `an error of the server reaches the client`() async throws {
        try await serving({ _ in throw LocalCallError.refused("The pool is ending.") }) { path in
            await #expect(throws: LocalCallError.refused("The pool is ending.")) {
                try await LocalClient(path: path).call([], within: .seconds(600))
            }
        }
    }

    @Test func `a cancelled call is cancelled on the server, and its response arrives`() async throws {
        let (begun, begin) = AsyncStream<Void>.makeStream()
        try await serving({ _ in
            begin.finish()
            try? await Task.sleep(for: .seconds(600))
            return [UInt8(Task.isCancelled ? 1 : 0)]
        }) { path in
            let call = Task { try await LocalClient(path: path).call([], within: .seconds(600)) }
            for await _ in begun {}
            call.cancel()
            let answer = try await call.value
            #expect(answer == [1])
        }
    }

    @Test func `an unreachable server and a missing response are errors`() async throws {
        await #expect(throws: LocalCallError.unreachable("/tmp/nobody-here")) {
            try await LocalClient(path: "/tmp/nobody-here").call([], within: nil)
        }
        try await serving({ _ in
            try await Task.sleep(for: .seconds(600))
            return []
        }) { path in
            await #expect(throws: LocalCallError.timedOut) {
                try await LocalClient(path: path).call([], within: .milliseconds(10))
            }
        }
    }

    @Test func `a request beyond the limit ends the connection, and the next call makes a new one`() async throws {
        try await serving(limit: 1_000, { $0 }) { path in
            let client = LocalClient(path: path)
            await #expect(throws: LocalCallError.self) {
                try await client.call([UInt8](repeating: 0, count: 5_000), within: .seconds(600))
            }
            let answer = try await client.call([7], within: .seconds(600))
            #expect(answer == [7])
        }
    }

    @Test func `only the owner may open the socket, and a second server is refused`() async throws {
        let logger = logger
        try await serving({ $0 }) { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            await #expect(throws: LocalCallError.self) {
                try await LocalServer(path: path, logger: logger, respond: { $0 }).run()
            }
        }
    }

    @Test func `a file that is not a socket is not removed`() throws {
        let folder = try SocketFolder()
        defer { folder.remove() }
        let path = folder.path("file")
        try Data("keep me".utf8).write(to: URL(filePath: path))
        #expect(throws: LocalCallError.self) { try LocalPath.clear(path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "keep me")
        #expect(throws: LocalCallError.self) { try LocalPath.clear("/tmp/" + String(repeating: "x", count: 200)) }
    }

    @Test func `calls on a closed client fail`() async throws {
        try await serving({ $0 }) { path in
            let client = LocalClient(path: path)
            let response = try await client.call([1], within: .seconds(600))
            #expect(response == [1])
            client.close()
            await #expect(throws: LocalCallError.closed) { try await client.call([1], within: .seconds(600)) }
        }
    }
}

/// A folder of a test's own with a path short enough for sockets.
private struct SocketFolder {
    private let url = URL(filePath: "/tmp/sakuga-calls-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func remove() { try? FileManager.default.removeItem(at: url) }
}
