import LoadGeneration
import LoadTestFixtures
import Testing

@Suite struct EncryptionTests {
    private typealias Server = ScriptedServer

    /// The cause with which a generator does not start; nil if it starts.
    private func refusal(_ settings: GeneratorSettings) async throws -> String? {
        do {
            let generator = try await LoadGenerator.start(settings)
            _ = await generator.stop(grace: .zero)
            return nil
        } catch GeneratorError.unreachable(_, let cause, _) {
            return cause.name
        }
    }

    @Test func `a certificate is trusted by its file, or any certificate on request`() async throws {
        let certificate = try await TestCertificate()
        let server = try await Server(tls: try certificate.server(["http/1.1"])) { _ in [.send(Server.response("secret"))] }
        var settings = try settings(port: server.port, scheme: "https", host: "localhost")
        #expect(try await refusal(settings) == "certificate not trusted")
        settings.connection.trust = .file(certificate.path)
        var run = try await GeneratorRun(settings)
        run.generator.setUsers(2)
        try await run.wait { $0.counts.sum.succeeded >= 20 }
        await run.stop()
        #expect(run.all.failed == 0)
        // The certificate is made out to localhost, not to the address.
        settings.target = try LoadTarget("https://127.0.0.1:\(server.port)")
        #expect(try await refusal(settings) == "certificate not trusted")
        settings.connection.trust = .anything
        #expect(try await refusal(settings) == nil)
        settings.connection.trust = .file("/nowhere/ca.pem")
        await #expect(throws: GeneratorError.self) { _ = try await LoadGenerator.start(settings) }
        try await server.stop()
    }

    @Test func `an unanswered handshake times out`() async throws {
        let server = try await Server { _ in [] }
        var settings = try settings(port: server.port, scheme: "https")
        settings.connection.connectTimeout = .milliseconds(200)
        #expect(try await refusal(settings) == "connect timed out")
        try await server.stop()
    }

    @Test(arguments: [true, false]) func `HTTP/2 carries large bodies both ways`(_ isSecure: Bool) async throws {
        let certificate = try await TestCertificate()
        let server = try await HTTP2Server(tls: isSecure ? try certificate.server(["h2"]) : nil, answerBytes: 6 << 20)
        let request = RequestTemplate(
            name: "large", method: "POST", path: "/", bodies: [RequestBody(bytes: [UInt8](repeating: 1, count: 300_000))])
        var settings = try settings(port: server.port, scheme: isSecure ? "https" : "http", host: "localhost", [request])
        settings.connection.version = .http2
        settings.connection.trust = .file(certificate.path)
        var run = try await GeneratorRun(settings)
        run.generator.setUsers(2)
        // More than what a connection may receive before the receiver says that it has read.
        try await run.wait { $0.counts.sum.succeeded >= 10 }
        await run.stop()
        #expect(run.all.failed == 0 && run.seen.connectionsOpened == 2)
        #expect(server.bodies.allSatisfy { $0 == 300_000 } && server.bodies.count == run.all.succeeded)
        #expect(server.ids.count == run.all.succeeded && run.all.bytesReceived > run.all.succeeded * (6 << 20))
        try await server.stop()
    }

    @Test func `an HTTP/2 response that is too long is cut off`() async throws {
        let server = try await HTTP2Server(answerBytes: 1 << 20)
        var settings = try settings(port: server.port, model: .closed(.constant(60)))
        settings.connection.version = .http2
        settings.connection.maximumResponseBytes = 100_000
        var run = try await GeneratorRun(settings)
        run.generator.setUsers(1)
        try await run.wait { $0.counts.sum.ended >= 1 }
        await run.stop()
        #expect(try run.onlyFailure().cause == "answer too long")
        try await server.stop()
    }

    @Test func `a server that speaks only HTTP/1 is reported`() async throws {
        let certificate = try await TestCertificate()
        let server = try await Server(tls: try certificate.server(["http/1.1"])) { _ in [] }
        var settings = try settings(port: server.port, scheme: "https", host: "localhost")
        settings.connection.version = .http2
        settings.connection.trust = .file(certificate.path)
        let refused = try await refusal(settings)
        #expect(refused == "HTTP/2 not spoken" || refused == "TLS failed")
        try await server.stop()
    }
}
