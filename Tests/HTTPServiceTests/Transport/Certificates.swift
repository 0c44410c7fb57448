import Foundation

/// Certificates for a test, in a folder that is removed after the test.
struct Certificates: ~Copyable {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("certificates-\(UUID().uuidString)").path

    struct Failed: Error {}

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Creates NAME.crt for `localhost`, self-signed, and NAME.key.
    func make(_ name: String) async throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", path("\(name).key"),
            "-out", path("\(name).crt"),
        ]
        openssl.standardError = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { continuation in
            openssl.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try openssl.run() } catch { continuation.resume(throwing: error) }
        }
        if status != 0 { throw Failed() }
    }

    /// Replaces the contents of a file with those of another.
    func copy(_ from: String, over to: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: path(from))).write(to: URL(fileURLWithPath: path(to)))
    }
}
