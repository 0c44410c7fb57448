import LoadGeneration
import LoadTestFixtures
import NIOCore
import Testing

@Suite struct ClosedModelTests {
    private typealias Server = ScriptedServer

    @Test func `users keep their connections and every request has an id of its own`() async throws {
        let server = try await Server { _ in [.send(Server.response("hello"))] }
        var run = try await GeneratorRun(try settings(port: server.port))
        run.generator.setUsers(4)
        try await run.wait { $0.counts.sum.succeeded >= 200 }
        #expect(run.seen.users == 4 && run.seen.connections == 4)
        await run.stop()
        let requests = server.requests
        #expect(run.all.succeeded == requests.count && run.all.failed == 0 && run.seen.abandoned == 0)
        #expect(run.seen.connectionsOpened == 4 && run.seen.users == 0 && run.seen.inFlight == 0)
        #expect(Set(requests.map { $0.field("X-Request-Id") ?? "" }).count == requests.count)
        #expect(run.seen.counts.started == requests.count)
        let answer = Server.response("hello").utf8.count
        #expect(run.all.bytesReceived == answer * requests.count)
        #expect(run.all.bytesSent == requests.reduce(0) { $0 + $1.head.utf8.count + 4 })
        try await server.stop()
    }

    @Test func `without keep-alive every request has a connection of its own`() async throws {
        let server = try await Server { _ in [.send(Server.response("x", fields: "Connection: close\r\n")), .close] }
        var settings = try settings(port: server.port)
        settings.connection.keepAlive = false
        var run = try await GeneratorRun(settings)
        run.generator.setUsers(2)
        try await run.wait { $0.counts.sum.succeeded >= 20 }
        await run.stop()
        #expect(run.all.failed == 0)
        #expect(server.requests.allSatisfy { $0.place == 0 && $0.field("Connection") == "close" })
        #expect(run.seen.connectionsOpened == server.requests.count)
        try await server.stop()
    }

    @Test func `a surplus user leaves after its current request`() async throws {
        let server = try await Server { request in
            request.path == "/" && request.place > 0
                ? [.pause(.milliseconds(300)), .send(Server.response("late"))] : [.send(Server.response("x"))]
        }
        var run = try await GeneratorRun(try settings(port: server.port))
        run.generator.setUsers(5)
        try await run.wait { $0.counts.started >= 10 }
        run.generator.setUsers(0)
        try await run.wait { $0.users == 0 }
        try await run.wait { $0.inFlight == 0 }
        #expect(run.all.succeeded == run.seen.counts.started && run.seen.connections == 0)
        await run.stop()
        #expect(run.seen.abandoned == 0)
        try await server.stop()
    }

    @Test func `users are added and removed while the load runs`() async throws {
        let server = try await Server { _ in [.send(Server.response("x"))] }
        var settings = try settings(port: server.port, model: .closed(.constant(0.01)))
        settings.threads = 2
        var run = try await GeneratorRun(settings)
        for count in [7, 2, 9, 0, 3] {
            run.generator.setUsers(count, spawnRate: 1_000)
            try await run.wait { $0.users == count }
        }
        let before = run.all.succeeded
        try await run.wait { $0.counts.sum.succeeded > before + 10 }
        await run.stop()
        #expect(run.all.failed == 0)
        try await server.stop()
    }

    @Test func `requests in flight at the end are cancelled and counted separately`() async throws {
        let server = try await Server { _ in [] }
        var run = try await GeneratorRun(try settings(port: server.port))
        run.generator.setUsers(3)
        try await run.wait { $0.inFlight == 3 && server.requests.count == 3 }
        await run.stop(grace: .zero)
        #expect(run.seen.abandoned == 3 && run.all.ended == 0)
        try await server.stop()
    }

    @Test func `a stale kept connection is not a failure`() async throws {
        // Says nothing about closing and closes all the same, as a server that restarts does.
        let server = try await Server { request in
            request.place == 0 ? [.send(Server.response("x"))] : [.close]
        }
        var run = try await GeneratorRun(try settings(port: server.port))
        run.generator.setUsers(1)
        try await run.wait { $0.counts.sum.succeeded >= 5 }
        await run.stop()
        #expect(run.all.failed == 0 && run.seen.resent >= 4)
        try await server.stop()
    }

    @Test func `requests are chosen by weight and bodies in turn`() async throws {
        let server = try await Server { _ in [.send(Server.response("x"))] }
        let requests = [
            RequestTemplate(
                name: "often", method: "POST", path: "/often",
                bodies: ["a", "b", "c"].map { RequestBody(bytes: Array($0.utf8)) }, weight: 9),
            RequestTemplate(name: "seldom", path: "/seldom?x=1", headers: [("X-Kind", "rare")]),
        ]
        var run = try await GeneratorRun(try settings(port: server.port, requests))
        run.generator.setUsers(1)
        try await run.wait { $0.counts.sum.succeeded >= 400 }
        await run.stop()
        let often = server.requests.filter { $0.path == "/often" }
        let seldom = server.requests.filter { $0.path == "/seldom?x=1" }
        #expect(often.count + seldom.count == server.requests.count)
        #expect(
            (often.count - 30...often.count + 30).contains(seldom.count * 9)
                || seldom.count > 10 && seldom.count < often.count / 4)
        #expect(seldom.allSatisfy { $0.field("X-Kind") == "rare" })
        #expect(often.prefix(6).map(\.body) == ["a", "b", "c", "a", "b", "c"].map { Array($0.utf8) })
        #expect(run.seen.counts.labels.map(\.name) == ["often", "seldom"])
        #expect(run.seen.counts.requests.map(\.succeeded) == [often.count, seldom.count])
        try await server.stop()
    }

    @Test func `unique photos differ from request to request`() async throws {
        let server = try await Server { _ in [.send(Server.response(#"{"data":["data:image/jpeg;base64,/9j/"]}"#))] }
        var request = ServiceRequest(api: .gradio, pictures: [[0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 20_000)])
        request.unique = true
        var run = try await GeneratorRun(try settings(port: server.port, [request.template()]))
        run.generator.setUsers(3)
        try await run.wait { $0.counts.sum.succeeded >= 60 }
        await run.stop()
        let bodies = server.requests.map(\.body)
        #expect(run.all.failed == 0 && Set(bodies).count == bodies.count && Set(bodies.map(\.count)).count == 1)
        #expect(bodies.allSatisfy { $0.starts(with: #"{"data": ["data:image/jpeg;base64,/9j//gAU"#.utf8) })
        try await server.stop()
    }
}
