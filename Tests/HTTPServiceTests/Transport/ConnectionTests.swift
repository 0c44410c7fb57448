import HTTPService
import HummingbirdTesting
import Logging
import Serving
import ServiceLifecycle
import Testing

/// Bodies that are too large or stall, clients that disconnect, and shutdown.
@Suite(.timeLimit(.minutes(5))) struct ConnectionTests {
    private static let head = "POST /v1/stylize HTTP/1.1\r\nHost: localhost\r\n"

    private static func exchange(
        _ words: String, configuration: HTTPConfiguration = testConfiguration, thenServes: Bool = true
    ) async throws -> String {
        let (replies, source) = AsyncStream<String>.makeStream()
        try await withService(configuration: configuration) { client in
            let port = try #require(client.port)
            let reply = try await RawConnection.open(port: port) { connection in
                try await connection.send(words)
                return try await connection.readToEnd()
            }
            source.yield(reply)
            if thenServes { try await client.expectStillServing() }
        }
        var iterator = replies.makeAsyncIterator()
        return await iterator.next() ?? ""
    }

    @Test func `a body with too large a Content-Length is rejected before it is sent`() async throws {
        let reply = try await Self.exchange(Self.head + "Content-Length: 20000001\r\n\r\n")
        #expect(reply.hasPrefix("HTTP/1.1 413 "))
        #expect(reply.contains("20 MB"))
        #expect(reply.lowercased().contains("connection: close"))
    }

    @Test func `a chunked body that grows too large is rejected`() async throws {
        var configuration = testConfiguration
        configuration.bodyLimit = 1_500
        let chunk = "3e8\r\n" + String(repeating: "A", count: 1_000) + "\r\n"
        let reply = try await Self.exchange(
            Self.head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + chunk, configuration: configuration)
        #expect(reply.hasPrefix("HTTP/1.1 413 "))
        #expect(reply.contains("1.5 MB") == false)
    }

    @Test(arguments: ["/v1/stylize", "/api/predict/"])
    func `a body that stalls gets 408`(path: String) async throws {
        var configuration = testConfiguration
        configuration.stallTimeout = .milliseconds(200)
        let reply = try await Self.exchange(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"da", configuration: configuration)
        #expect(reply.hasPrefix("HTTP/1.1 408 "))
        #expect(reply.contains("did not arrive in time"))
        #expect(reply.contains("\"error\"") == (path != "/v1/stylize"))
    }

    @Test func `a connection that never finishes its head is closed`() async throws {
        var configuration = testConfiguration
        configuration.idleTimeout = .seconds(1)
        // The test client's idle connection is closed as well, so it is not used again.
        let reply = try await Self.exchange("POST /v1/sty", configuration: configuration, thenServes: false)
        #expect(reply == "")
    }

    @Test func `what is not HTTP gets 400`() async throws {
        #expect(try await Self.exchange("hello\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
    }

    @Test func `too large a head is rejected`() async throws {
        let reply = try await Self.exchange(Self.head + "X-Long: \(String(repeating: "a", count: 40_000))\r\n\r\n")
        #expect(reply.hasPrefix("HTTP/1.1 4"))
    }

    @Test func `a client that expects 100-continue gets it`() async throws {
        try await withService { client in
            let port = try #require(client.port)
            try await RawConnection.open(port: port) { connection in
                try await connection.send(Self.head + "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
                #expect(try await connection.read(to: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            }
        }
    }

    @Test func `the job of a client that disconnects is cancelled`() async throws {
        let handler = PatientHandler()
        try await withService(handler) { client in
            let port = try #require(client.port)
            var events = handler.events.makeAsyncIterator()
            try await RawConnection.open(port: port) { connection in
                try await connection.send(Self.head + "Content-Length: 3\r\n\r\nabc")
                var events = handler.events.makeAsyncIterator()
                #expect(await events.next() == "started")
            }
            #expect(await events.next() == "cancelled")
        }
    }

    @Test func `at a graceful shutdown the request in progress is completed and the server returns`() async throws {
        let handler = PatientHandler()
        let (draining, continuation) = AsyncStream<Void>.makeStream()
        let readiness = Readiness(observeDraining: { continuation.yield() })
        readiness.becomeReady()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, source) = AsyncStream<Int>.makeStream()
        let server = try HTTPServer(
            configuration: testConfiguration, service: jobService(handler, logger), readiness: readiness, logger: logger,
            onListening: { source.yield($0) })
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let reply = try await RawConnection.open(port: port) { connection in
                try await connection.send(Self.head + "Content-Length: 3\r\n\r\nabc")
                var events = handler.events.makeAsyncIterator()
                #expect(await events.next() == "started")
                await group.triggerGracefulShutdown()
                _ = await draining.first { true }
                handler.release()
                return try await connection.readToEnd()
            }
            #expect(reply.hasPrefix("HTTP/1.1 200 "))
            #expect(reply.hasSuffix("abc"))
            try await tasks.waitForAll()
        }
    }
}
