import LoadGeneration
import LoadTestFixtures
import NIOCore
import Testing

/// A failure has a stable cause and a sample that says what happened this time.
@Suite struct FailureTests {
    private typealias Server = ScriptedServer

    private func failure(
        checks: ResponseChecks = ResponseChecks(), change: (inout GeneratorSettings) -> Void = { _ in },
        _ script: @escaping ScriptedServer.Script
    ) async throws -> (cause: String, sample: String) {
        let server = try await Server(script)
        var settings = try settings(
            port: server.port, [RequestTemplate(name: "/", path: "/", checks: checks)], model: .closed(.constant(60)))
        settings.connection.maximumResponseBytes = 1 << 20
        change(&settings)
        var run = try await GeneratorRun(settings)
        run.generator.setUsers(1)
        try await run.wait { $0.counts.sum.ended >= 1 }
        await run.stop()
        try await server.stop()
        return try run.onlyFailure()
    }

    @Test func `an error's sample has its status, the first bytes of its body and the request's id`() async throws {
        let failure = try await failure { _ in
            [.send(Server.response(#"{"code":"overloaded"}"#, status: "503 Service Unavailable"))]
        }
        #expect(failure.cause == "status 503")
        #expect(failure.sample.contains("overloaded") && failure.sample.contains("request sakuga-000000000001"))
    }

    @Test func `a server that closes at once`() async throws {
        #expect(try await failure { _ in [.close] }.cause == "closed without an answer")
    }

    @Test func `a server that closes in the middle of its answer`() async throws {
        #expect(
            try await failure { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .close] }.cause
                == "connection closed")
        #expect(try await failure { _ in [.send("HTTP/1.1 200 OK\r\nContent-"), .close] }.cause == "connection closed")
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        #expect(try await failure { _ in [.send(chunked), .close] }.cause == "connection closed")
    }

    @Test func `a server that stalls`() async throws {
        let quick: (inout GeneratorSettings) -> Void = { $0.connection.requestTimeout = .milliseconds(100) }
        #expect(try await failure(change: quick) { _ in [] }.cause == "timed out")
        #expect(
            try await failure(change: quick) { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1")] }.cause
                == "timed out")
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 what\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "\0\0\0\0\0\0",
    ])
    func `a server that speaks something else`(_ garbage: String) async throws {
        #expect(try await failure { _ in [.send(garbage)] }.cause == "malformed answer")
    }

    @Test func `endless responses are cut off`() async throws {
        #expect(try await failure { _ in [.send("HTTP/1.1 200 OK\r\n\r\n"), .flood] }.cause == "answer too long")
        #expect(try await failure { _ in [.flood] }.cause == "malformed answer")
        #expect(
            try await failure { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n")] }.cause == "answer too long")
    }

    @Test func `a check that fails`() async throws {
        let checks = ResponseChecks(json: [JSONCheck(try JSONPath("data"), .isNotEmpty)])
        #expect(
            try await failure(checks: checks) { _ in [.send(Server.response(#"{"data":[]}"#))] }.cause
                == "check \"data is empty\"")
        #expect(try await failure(checks: checks) { _ in [.send(Server.response("<html>"))] }.cause == "check \"not JSON\"")
    }

    @Test func `a picture that cannot be decoded`() async throws {
        let checks = ResponseChecks(picture: PictureCheck(place: .body, decode: { _ in nil }))
        #expect(
            try await failure(checks: checks) { _ in [.send(Server.response("no picture"))] }.cause == "check \"picture damaged\""
        )
    }

    @Test func `a picture of the wrong size`() async throws {
        let checks = ResponseChecks(
            picture: PictureCheck(
                place: .json(try JSONPath("data[0]")), expected: .size(PictureSize(width: 9, height: 9)),
                decode: { PictureSize(width: $0.count, height: 1) }))
        let failure = try await failure(checks: checks) { _ in
            [.send(Server.response(#"{"data":["data:image/png;base64,AQID"]}"#))]
        }
        #expect(failure.cause == "check \"wrong picture size\"" && failure.sample.contains("3x1"))
    }

    @Test func `a port without a server`() async throws {
        // The port of a server that was stopped could be that of the next test's.
        let settings = try settings(port: 1)
        await #expect(
            performing: { _ = try await LoadGenerator.start(settings) },
            throws: { error in
                guard case GeneratorError.unreachable(_, let cause, let detail)? = error as? GeneratorError else { return false }
                return cause == .connectionRefused && detail.contains("Check that it is running")
            })
    }

    @Test func `a server that goes away while it is loaded`() async throws {
        let server = try await Server { _ in [.send(Server.response("x", fields: "Connection: close\r\n")), .close] }
        var run = try await GeneratorRun(try settings(port: server.port))
        run.generator.setUsers(1)
        try await run.wait { $0.counts.sum.succeeded >= 1 }
        try await server.stopListening()
        try await run.wait { $0.counts.sum.failed >= 1 }
        await run.stop()
        let causes = run.all.failures.groups.keys.map(\.name)
        #expect(
            causes.contains("connection refused") || causes.contains("closed without an answer")
                || causes.contains("connection reset"))
        try await server.stop()
    }

    @Test(arguments: [
        "localhost:80", "http://", "ftp://x", "http://u@h/", "http://h/?q", "http://h:0", "http://h:99999", "http://[::1",
    ])
    func `an invalid address is refused`(_ address: String) {
        #expect(throws: LoadTargetError.self) { try LoadTarget(address) }
    }

    @Test func `addresses are parsed`() throws {
        #expect(try LoadTarget("http://h").authority == "h")
        #expect(try LoadTarget("https://h:443/").address == "https://h")
        #expect(try LoadTarget("http://[::1]:7860/base/").address == "http://[::1]:7860/base")
        #expect(try LoadTarget("HTTP://127.0.0.1:1").port == 1)
    }

    @Test func `a request that would be two requests is refused`() throws {
        var request = RequestTemplate(name: "bad", path: "/x y")
        #expect(throws: RequestTemplateError.self) { try request.verify() }
        request.path = "/x"
        request.headers = [("X-A", "1\r\nX-B: 2")]
        #expect(throws: RequestTemplateError.self) { try request.verify() }
        request.headers = [("Content-Length", "3")]
        #expect(throws: RequestTemplateError.self) { try request.verify() }
        request.headers = []
        request.bodies = [RequestBody(bytes: [1, 2], patches: [CounterPatch(offset: 0)])]
        #expect(throws: RequestTemplateError.self) { try request.verify() }
    }
}
