import AsyncHTTPClient
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import NIOHTTP1
import Serving
import ServiceLifecycle
import Testing

/// Server-sent events of jobs: their contents, resuming, and disconnects.
@Suite(.timeLimit(.minutes(5))) struct JobEventTests {
    @Test func `a stream has events from the current state to the end`() async throws {
        let handler = PatientHandler()
        try await withJobs(handler) { client in
            var steps = handler.events.makeAsyncIterator()
            let first = try await client.submit("first")
            #expect(await steps.next() == "started")
            let second = try await client.submit("second")
            var events = try await client.events(of: second)
            #expect(events.response.headers.first(name: "Content-Type") == "text/event-stream")
            #expect(events.response.headers.first(name: "Cache-Control") == "no-cache")
            #expect(events.response.headers.first(name: "X-Accel-Buffering") == "no")
            #expect(try await events.nextBlock() == "retry: 2000")
            let queued = try #require(try await events.next())
            #expect(queued.name == "queued")
            #expect(try queued.object["position"] as? Int == 1)
            handler.release()
            #expect(await steps.next() == "started")
            let running = try #require(try await events.next())
            #expect(running.name == "running")
            handler.release()
            let done = try #require(try await events.next())
            #expect(done.name == "done")
            #expect(try done.object["status"] as? String == "done")
            #expect(try done.object["job"] as? String == second)
            #expect(Set([queued.id, running.id, done.id]).count == 3)
            #expect(try await events.next() == nil)
            #expect(try await client.end(of: first) == "done")
        }
    }

    @Test func `a client that reconnects gets only new events`() async throws {
        let handler = PatientHandler()
        try await withJobs(handler) { client in
            var steps = handler.events.makeAsyncIterator()
            let running = try await client.submit("running")
            #expect(await steps.next() == "started")
            let job = try await client.submit("waiting")
            var events = try await client.events(of: job)
            let queued = try #require(try await events.next())

            var resumed = try await client.events(of: job, after: queued.id)
            #expect(try await resumed.nextBlock() == "retry: 2000")
            _ = try await client.delete("/v1/jobs/\(job)")
            let cancelled = try #require(try await resumed.next())
            #expect(cancelled.name == "cancelled")
            #expect(try await resumed.next() == nil)

            // The last event is sent unless the client has received it; then the response is 204.
            var late = try await client.events(of: job, after: queued.id)
            #expect(try await late.next()?.id == cancelled.id)
            #expect(try await client.events(of: job, after: "anything else").response.status == .ok)
            let over = try await client.events(of: job, after: cancelled.id)
            #expect(over.response.status == .noContent)
            handler.release()
            try await client.end(of: running)
        }
    }

    @Test func `heartbeats keep a stream open`() async throws {
        let handler = PatientHandler()
        var configuration = testConfiguration
        configuration.eventHeartbeat = .milliseconds(60)
        configuration.idleTimeout = .seconds(1)
        try await withJobs(handler, configuration: configuration) { client in
            let port = try #require(client.port)
            let job = try await Self.submit(port)
            var events = try await Self.events(port, job)
            var heartbeats = 0
            // Longer than the idle timeout of connections.
            while heartbeats < 20, let block = try await events.nextBlock() {
                if block == ": still here" { heartbeats += 1 }
            }
            #expect(heartbeats == 20)
            handler.release()
            var last: String?
            while let event = try await events.next() { last = event.name }
            #expect(last == "done")
        }
    }

    @Test func `the number of streams is limited, and a closed one makes room at once`() async throws {
        let handler = PatientHandler()
        var configuration = testConfiguration
        configuration.eventStreamLimit = 1
        try await withJobs(handler, configuration: configuration) { client in
            let port = try #require(client.port)
            let job = try await client.submit("abc")
            let path = "/v1/jobs/\(job)/events"
            // A request without a stream takes no permit.
            let head = try await client.executeRequest(uri: path, method: .head, headers: [:], body: nil)
            #expect(head.status == .ok)
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await connection.read(to: "event: ").hasPrefix("HTTP/1.1 200 "))
                let refused = try await client.get(path)
                #expect(refused.status == .serviceUnavailable)
                #expect(refused.headers[.retryAfter] == "10")
                #expect(try refused.problem().contains("limit of 1"))
            }
            var events = try await client.events(of: job)
            while events.response.status != .ok { events = try await client.events(of: job) }
            handler.release()
            while try await events.next() != nil {}
        }
    }

    @Test func `a client can close the streams of many jobs`() async throws {
        let handler = PatientHandler()
        try await withJobs(handler) { client in
            let port = try #require(client.port)
            let job = try await client.submit("abc")
            for _ in 0..<20 {
                try await RawConnection.open(port: port) { connection in
                    try await connection.send("GET /v1/jobs/\(job)/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    _ = try await connection.read(to: "event: ")
                }
            }
            handler.release()
            #expect(try await client.end(of: job) == "done")
        }
    }

    @Test func `at a graceful shutdown streams end before their jobs`() async throws {
        let handler = PatientHandler()
        let readiness = Readiness()
        readiness.becomeReady()
        let service = jobService(handler, limits: JobStoreLimits(), policy: quickPolicy)
        let (ports, source) = AsyncStream<Int>.makeStream()
        let server = try HTTPServer(
            configuration: testConfiguration, service: service, readiness: readiness, logger: quietLogger,
            onListening: { source.yield($0) })
        let group = ServiceGroup(services: [service, server], logger: quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let job = try await Self.submit(port)
            var steps = handler.events.makeAsyncIterator()
            #expect(await steps.next() == "started")
            var events = try await Self.events(port, job)
            var last = try await events.next()?.name
            #expect(last != nil)
            await group.triggerGracefulShutdown()
            while let event = try await events.next() { last = event.name }
            #expect(last != "done")
            handler.release()
            try await tasks.waitForAll()
        }
    }

    private static func submit(_ port: Int) async throws -> String {
        var request = HTTPClientRequest(url: "http://localhost:\(port)/v1/jobs")
        request.method = .POST
        request.body = .bytes(Array("abc".utf8))
        // A new connection, because the idle one may just be closed.
        request.headers.add(name: "Connection", value: "close")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let location = try #require(response.headers.first(name: "Location"))
        return String(location.dropFirst("/v1/jobs/".count))
    }

    private static func events(_ port: Int, _ job: String) async throws -> EventReader {
        let request = HTTPClientRequest(url: "http://localhost:\(port)/v1/jobs/\(job)/events")
        return EventReader(try await HTTPClient.shared.execute(request, timeout: .seconds(60)))
    }
}
