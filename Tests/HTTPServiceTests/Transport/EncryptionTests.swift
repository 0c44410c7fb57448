import Foundation
import HTTPService
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// The service with a certificate of its own.
@Suite(.timeLimit(.minutes(5))) struct EncryptionTests {
    private static let head = "HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

    /// Starts a server with a certificate, runs `body` with its port, and stops it.
    private static func withServer(
        _ identity: TLSIdentity, configuration: HTTPConfiguration = testConfiguration, _ body: (Int) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.tls = identity
        try await withRunningServer(configuration: configuration, body)
    }

    /// Sends `words` over TLS to a server with the certificate in `trusted`, and returns the response.
    private static func exchange(
        _ words: String, port: Int, trusting trusted: String, upTo version: TLSVersion? = nil
    ) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(trusted))
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = version
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: false))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await RawConnection(inbound: inbound, outbound: outbound).say(words)
        }
    }

    @Test func `pictures are encrypted, and browsers get HSTS`() async throws {
        let files = try Certificates()
        try await files.make("a")
        let identity = try TLSIdentity(certificatePath: files.path("a.crt"), keyPath: files.path("a.key"))
        #expect(identity.expiry > Date())
        let trusted = files.path("a.crt")
        try await Self.withServer(identity) { port async throws in
            let reply = try await Self.exchange(
                "POST /v1/stylize \(Self.head)Content-Length: 3\r\n\r\nabc", port: port, trusting: trusted)
            #expect(reply.hasPrefix("HTTP/1.1 200 "))
            #expect(reply.hasSuffix("cba"))
            #expect(reply.lowercased().contains("strict-transport-security: max-age=31536000"))
            let old = try await Self.exchange(
                "GET /health/live \(Self.head)\r\n", port: port, trusting: trusted, upTo: .tlsv12)
            #expect(old.hasPrefix("HTTP/1.1 200 "))
            await #expect(throws: (any Error).self) {
                try await Self.exchange("GET /health/live \(Self.head)\r\n", port: port, trusting: trusted, upTo: .tlsv11)
            }
        }
    }

    @Test func `a body that is too large gets its response over TLS too`() async throws {
        let files = try Certificates()
        try await files.make("a")
        let identity = try TLSIdentity(certificatePath: files.path("a.crt"), keyPath: files.path("a.key"))
        let trusted = files.path("a.crt")
        try await Self.withServer(identity) { port async throws in
            let reply = try await Self.exchange(
                "POST /v1/stylize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000001\r\n\r\nabc", port: port,
                trusting: trusted)
            #expect(reply.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func `connections without a handshake are closed`() async throws {
        let files = try Certificates()
        try await files.make("a")
        let identity = try TLSIdentity(certificatePath: files.path("a.crt"), keyPath: files.path("a.key"))
        var configuration = testConfiguration
        configuration.handshakeTimeout = .seconds(2)
        let trusted = files.path("a.crt")
        try await Self.withServer(identity, configuration: configuration) { port async throws in
            let silent = try await RawConnection.open(port: port) { try await $0.readToEnd() }
            #expect(silent == "")
            // Only the beginning of a handshake's record.
            let stuck = try await RawConnection.open(port: port) { connection in
                try await connection.send("\u{16}\u{3}\u{1}")
                return try await connection.readToEnd()
            }
            #expect(stuck == "")
            let plain = try? await RawConnection.open(port: port) { try await $0.say("GET / \(Self.head)\r\n") }
            #expect(plain?.contains("200") != true)
            // A slow machine may not complete a handshake in time.
            var reply = ""
            for _ in 0..<20 where reply.isEmpty {
                reply = (try? await Self.exchange("GET /health/live \(Self.head)\r\n", port: port, trusting: trusted)) ?? ""
            }
            #expect(reply.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `a reload replaces the certificate, unless the new one is invalid`() async throws {
        let files = try Certificates()
        for name in ["a", "b"] { try await files.make(name) }
        try files.copy("a.crt", over: "live.crt")
        try files.copy("a.key", over: "live.key")
        let identity = try TLSIdentity(certificatePath: files.path("live.crt"), keyPath: files.path("live.key"))
        let (a, b) = (files.path("a.crt"), files.path("b.crt"))
        // The certificate has been replaced, but not its key.
        try files.copy("b.crt", over: "live.crt")
        let mismatch = #expect(throws: TLSIdentityError.self) { try identity.reload() }
        #expect(mismatch?.description.contains("does not match") == true)
        let question = "GET /health/live \(Self.head)\r\n"
        try await Self.withServer(identity) { port async throws in
            #expect(try await Self.exchange(question, port: port, trusting: a).hasPrefix("HTTP/1.1 200 "))
        }
        try files.copy("b.key", over: "live.key")
        try await Self.withServer(identity) { port async throws in
            #expect(try await Self.exchange(question, port: port, trusting: a).hasPrefix("HTTP/1.1 200 "))
            try identity.reload()
            #expect(try await Self.exchange(question, port: port, trusting: b).hasPrefix("HTTP/1.1 200 "))
            await #expect(throws: (any Error).self) { try await Self.exchange(question, port: port, trusting: a) }
        }
    }

    @Test func `errors name files without a certificate or key`() async throws {
        let files = try Certificates()
        try await files.make("a")
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: files.path("bad")))
        let (certificate, key, bad) = (files.path("a.crt"), files.path("a.key"), files.path("bad"))
        for (paths, words) in [
            ((bad, key), "no certificate"), ((certificate, bad), "no unencrypted private key"),
            ((key, certificate), "no certificate"),
            (("/nowhere", key), "cannot be read"), ((certificate, "/nowhere"), "cannot be read"),
        ] {
            let error = #expect(throws: TLSIdentityError.self) { try TLSIdentity(certificatePath: paths.0, keyPath: paths.1) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }
}

extension RawConnection {
    /// Sends `words` and returns everything that the server sends until it closes the connection.
    fileprivate func say(_ words: String) async throws -> String {
        try await send(words)
        return try await readToEnd()
    }
}
