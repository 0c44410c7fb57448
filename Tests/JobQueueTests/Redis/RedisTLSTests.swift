import Foundation
import JobQueue
import JobQueueRedis
import Testing

@Suite(.timeLimit(.minutes(5))) struct RedisTLSTests {
    /// A server with a self-signed certificate.
    private func server(for name: String) async throws -> RedisServer {
        let folder = try JobFolder()
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
            "subjectAltName=\(name)", "-keyout", folder.path("key.pem"), "-out", folder.path("cert.pem"),
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw UnexpectedAnswer("openssl made no certificate") }
        return try await RedisServer(
            ["--tls-cert-file", folder.path("cert.pem"), "--tls-key-file", folder.path("key.pem"), "--tls-auth-clients", "no"],
            usesTLS: true, in: folder)
    }

    private func store(_ host: String, _ server: RedisServer, certificates: String? = nil) throws -> RedisJobStore {
        RedisJobStore(
            at: try RedisAddress("rediss://\(host):\(server.port)" + (certificates.map { "?cacert=\($0)" } ?? "")))
    }

    private func reason(_ store: RedisJobStore) async -> String {
        do {
            return "nothing was wrong: \(try await store.load())"
        } catch {
            return error.description
        }
    }

    @Test func `jobs are sent over TLS, large ones too`() async throws {
        let server = try await server(for: "DNS:localhost")
        defer { server.folder.remove() }
        let store = try store("localhost", server, certificates: server.folder.path("cert.pem"))
        var random = SeededRandom(seed: 7)
        var job = submission()
        job.request.image = (0..<(5 << 20)).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(try await store.add(job) == .added(position: 1))
        let claim = try await store.claimNow()
        #expect(claim.submission == job)
        async let next = store.claim(by: "w2", waitingUpTo: .seconds(600))
        let id = try await store.addOne()
        #expect(try await next?.submission.id == id)
        #expect(try await store.finish(claim, with: .success(picture(bytes: 3 << 20))))
        #expect(try await store.result(of: job.id)?.bytes.count == 3 << 20)
        await store.close()
    }

    @Test func `a certificate may be for an IP address`() async throws {
        let server = try await server(for: "IP:127.0.0.1")
        defer { server.folder.remove() }
        let store = try store("127.0.0.1", server, certificates: server.folder.path("cert.pem"))
        #expect(try await store.load().workers == 1)
        await store.close()
    }

    @Test func `a certificate without a trusted root is refused`() async throws {
        let server = try await server(for: "DNS:localhost")
        defer { server.folder.remove() }
        let store = try store("localhost", server)
        let reason = await reason(store)
        #expect(reason.contains("not signed by the system's certificates") && reason.contains("?cacert=PATH"))
        await store.close()
    }

    @Test func `a certificate for another host is refused`() async throws {
        let server = try await server(for: "DNS:elsewhere.example")
        defer { server.folder.remove() }
        let store = try store("localhost", server, certificates: server.folder.path("cert.pem"))
        #expect(await reason(store).contains("for another host than localhost"))
        await store.close()
    }

    @Test func `a missing file of certificates is named`() async throws {
        let server = try await RedisServer()
        defer { server.folder.remove() }
        let store = try store("127.0.0.1", server, certificates: "/nowhere/ca.pem")
        #expect(await reason(store).contains("/nowhere/ca.pem"))
        await store.close()
    }

    @Test func `a server without TLS and one that requires it are recognized`() async throws {
        let plain = try await RedisServer()
        defer { plain.folder.remove() }
        let wrong = try store("127.0.0.1", plain)
        #expect(await reason(wrong).contains("Does it speak TLS there"))
        await wrong.close()

        let secret = try await server(for: "DNS:localhost")
        defer { secret.folder.remove() }
        let bare = try secret.store()
        #expect(await reason(bare).contains("Does it want TLS there"))
        await bare.close()
    }

    @Test func `the store reconnects to a restarted server`() async throws {
        let server = try await server(for: "DNS:localhost")
        defer { server.folder.remove() }
        let store = try store("localhost", server, certificates: server.folder.path("cert.pem"))
        _ = try await store.load()
        server.kill()
        #expect(await reason(store).contains("not available"))
        try await server.start()
        try await eventually("the store finds Redis again") { (try? await store.load()) != nil }
        await store.close()
    }
}
