import AsyncHTTPClient
import Foundation
import HTTPService
import HTTPTypes
import HummingbirdTesting
import JobQueue
import NIOCore
import NIOHTTP1
import Serving
import ServiceLifecycle
import Testing

/// The console's data and controls.
@Suite(.timeLimit(.minutes(5))) struct ConsoleTests {
    @Test func `the state has all values of the service`() async throws {
        let parts = ConsoleParts()
        parts.latency.record(seconds: 0.25, isError: false)
        parts.latency.record(seconds: 0.01, isError: true)
        parts.errors.record(route: "/v1/stylize", status: 503, message: "The service is busy.", requestID: "abc")
        var configuration = testConsole
        configuration.version = "1.2.3"
        configuration.memoryLimit = 500_000_000
        try await withConsole(parts, configuration) { client in
            let response = try await client.get("/admin/state")
            #expect(response.status == .ok)
            #expect(response.headers[.cacheControl] == "no-store")
            let state = try response.object
            #expect(state["version"] as? String == "1.2.3")
            #expect(state["accepting"] as? Bool == true)
            #expect(state["queue_problem"] == nil)
            #expect((state["styles"] as? [[String: Any]])?.first?["name"] as? String == "painted")
            let minute = try #require((state["recent"] as? [String: Any])?["last_60s"] as? [String: Any])
            #expect(minute["requests"] as? Int == 2)
            #expect(minute["errors"] as? Int == 1)
            #expect(abs((minute["p95_seconds"] as? Double ?? 0) - 0.25) < 0.01)
            #expect((state["jobs"] as? [String: Any])?["slots"] as? Int == 2)
            #expect((state["memory"] as? [String: Any])?["resident_bytes"] as? Int == 104_000_000)
            #expect((state["memory"] as? [String: Any])?["limit_bytes"] as? Int == 500_000_000)
            #expect((state["process"] as? [String: Any])?["cpu_seconds"] as? Double == 12.5)
            #expect((state["process"] as? [String: Any])?["open_files"] as? Int == 23)
            let error = try #require((state["errors"] as? [[String: Any]])?.first)
            #expect(error["message"] as? String == "The service is busy.")
            #expect(error["request_id"] as? String == "abc")
        }
    }

    @Test func `the events begin with the history and continue with the state`() async throws {
        try await withConsole { client in
            var events = try await client.consoleEvents()
            #expect(events.response.headers.first(name: "Content-Type") == "text/event-stream")
            let past = try #require(try await events.next())
            #expect(past.name == "history")
            #expect((try past.object["gauges"] as? [String: [Any]])?.keys.contains("resident_bytes") == true)
            let first = try #require(try await events.next()), second = try #require(try await events.next())
            #expect(first.name == "state")
            let times = try [first, second].map { try #require(try $0.object["at"] as? Double) }
            #expect(times[0] < times[1])

            var kept: [String: [Any]] = [:]
            while kept["at"]?.isEmpty ?? true {
                var late = try await client.consoleEvents()
                kept = try #require(try await late.next()?.object["gauges"] as? [String: [Any]])
            }
            #expect(Set(kept.values.map(\.count)).count == 1)
        }
    }

    @Test func `the number of consoles is limited, and a closed one makes room`() async throws {
        var configuration = testConsole
        configuration.eventStreamLimit = 1
        try await withConsole(ConsoleParts(), configuration) { client in
            let port = try #require(client.port)
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET /admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(to: "event: state")
                #expect(try await client.get("/admin/events").status == .serviceUnavailable)
            }
            var status = ""
            while !status.hasPrefix("HTTP/1.1 200") {
                status = try await RawConnection.open(port: port) { connection in
                    try await connection.send("GET /admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    return try await connection.read(to: "\r\n")
                }
            }
        }
    }

    @Test func `drain rejects new work and completes running jobs, resume accepts work again`() async throws {
        let handler = PatientHandler(), parts = ConsoleParts(handler)
        try await withConsole(parts) { client in
            var steps = handler.events.makeAsyncIterator()
            let job = JobRequest(image: [1, 2, 3])
            async let running = parts.service.picture(job, for: ClientContext(client: "somebody"))
            #expect(await steps.next() == "started")

            let drained = try await client.executeRequest(uri: "/admin/drain", method: .post, headers: fromConsole, body: nil)
            #expect(try drained.object["accepting"] as? Bool == false)
            #expect((try drained.object["jobs"] as? [String: Any])?["running"] as? Int == 1)
            await #expect(throws: JobError.self) { _ = try await parts.service.picture(job, for: ClientContext(client: "else")) }
            handler.release()
            _ = try await running

            let resumed = try await client.executeRequest(uri: "/admin/resume", method: .post, headers: fromConsole, body: nil)
            #expect(try resumed.object["accepting"] as? Bool == true)
            async let again = parts.service.picture(job, for: ClientContext(client: "else"))
            #expect(await steps.next() == "started")
            handler.release()
            _ = try await again
        }
    }

    @Test func `the page and its files have a strict policy, and the root redirects to it`() async throws {
        try await withConsole { client in
            let root = try await client.get("/")
            #expect(root.status == .found)
            #expect(root.headers[.location] == "/console")
            let page = try await client.get("/console")
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.headers[.contentSecurityPolicy]?.contains("unsafe") == false)
            #expect(page.headers[HTTPField.Name("X-Frame-Options")!] == "DENY")
            #expect(!page.text.contains(" style=") && !page.text.contains("https://"))
            for name in ["app.js", "console.css", "events.js", "icon.svg", "strings.js", "theme.css"] {
                let file = try await client.get("/console/\(name)")
                #expect(file.status == .ok, "\(name)")
                #expect(file.headers[HTTPField.Name("X-Content-Type-Options")!] == "nosniff")
            }
        }
    }

    @Test func `metrics are served if configured, other paths and methods get a message`() async throws {
        try await withConsole { client in
            let metrics = try await client.get("/metrics")
            #expect(metrics.text == "sakuga_up 1\n")
            #expect(metrics.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
            let unknown = try await client.get("/admin/nothing")
            #expect(unknown.status == .notFound)
            #expect((try unknown.object["detail"] as? String)?.contains("/console") == true)
            let wrong = try await client.get("/admin/drain")
            #expect(wrong.status == .methodNotAllowed)
            #expect(wrong.headers[.allow] == "POST")
        }
    }

    @Test func `a graceful shutdown ends the console and its streams`() async throws {
        let parts = ConsoleParts(), (ports, port) = AsyncStream<Int>.makeStream()
        let server = try AdminServer(
            configuration: testConsole, service: parts.service, latency: parts.latency, errors: parts.errors,
            readProcess: { ProcessReading() }, logger: quietLogger, onListening: { port.yield($0) })
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: quietLogger))
        async let ended: Void = group.run()
        var iterator = ports.makeAsyncIterator()
        let listening = try #require(await iterator.next())
        let rest = try await RawConnection.open(port: listening) { connection in
            try await connection.send("GET /admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            var text = ""
            for try await part in connection.inbound {
                let isFirst = !text.contains("event: state")
                text += String(buffer: part)
                if isFirst, text.contains("event: state") { await group.triggerGracefulShutdown() }
            }
            return text
        }
        #expect(rest.hasSuffix("0\r\n\r\n"))
        try await ended
    }
}
