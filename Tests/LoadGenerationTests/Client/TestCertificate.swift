import Foundation
import NIOSSL

/// A certificate for `localhost`, signed by itself, in a folder that goes when the test is over.
struct TestCertificate: ~Copyable {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("load-certificate-\(UUID().uuidString)")
        .path

    struct Failed: Error {}

    /// The file that a client has to believe.
    var path: String { "\(folder)/a.crt" }

    init() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/a.key", "-out",
            "\(folder)/a.crt",
        ]
        openssl.standardError = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { continuation in
            openssl.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try openssl.run() } catch { continuation.resume(throwing: error) }
        }
        if status != 0 { throw Failed() }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// For a server that shows it and speaks `protocols`.
    func server(_ protocols: [String]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(path).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(folder)/a.key", format: .pem)))
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }
}
