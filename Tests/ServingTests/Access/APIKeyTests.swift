import Foundation
import Serving
import Testing

@Suite struct APIKeyTests {
    private static let digest = String(repeating: "0a", count: 32)
    private static let other = String(repeating: "0b", count: 32)

    /// A file with `text` in it, which is gone when `body` returns.
    private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    @Test func `a generated key is accepted under its name and with its scopes`() throws {
        let alice = try NewAPIKey(name: "alice"), ops = try NewAPIKey(name: "ops", scopes: [.admin, .predict])
        #expect(alice.key.hasPrefix("sakuga_"))
        #expect(alice.key.count == 50)
        #expect(ops.line.hasPrefix("ops predict,admin sha256:"))
        #expect(!ops.line.contains(ops.key))
        try withFile("# Keys\n\n\(alice.line)   # a comment\r\n\t\(ops.line)\n") { path in
            let ring = try APIKeyRing(path: path)
            #expect(ring.count == 2)
            #expect(ring.key(alice.key)?.name == "alice")
            #expect(ring.key(alice.key)?.scopes == [.predict])
            #expect(ring.key(ops.key)?.scopes == [.predict, .admin])
            for wrong in [
                "", "sakuga_", alice.key + "x", String(alice.key.dropLast()), alice.line, String(repeating: "x", count: 600),
            ] {
                #expect(ring.key(wrong) == nil)
            }
        }
    }

    @Test func `all generated keys differ`() throws {
        let keys = try (0..<50).map { _ in try NewAPIKey(name: "a").key }
        #expect(Set(keys).count == 50)
    }

    @Test(arguments: ["", "a b", "1a", "é", "a\nb predict", "a#", "local", "a:b", String(repeating: "a", count: 65)])
    func `a key cannot be created for a name that is invalid in the file`(name: String) {
        #expect(throws: APIKeyFileError.self) { try NewAPIKey(name: name) }
    }

    @Test(
        arguments: [
            ("", nil, nil, "no keys"),
            ("# nothing\n", nil, nil, "no keys"),
            ("alice", 1, 6, "scopes are missing"),
            ("\n alice predict", 2, 15, "digest is missing"),
            ("alice predict sha256:\(digest) more", 1, 87, "more than"),
            ("4lice predict sha256:\(digest)", 1, 1, "is not a valid name"),
            ("alice predict,run sha256:\(digest)", 1, 15, "'run' is not a scope"),
            ("alice ,predict sha256:\(digest)", 1, 7, "'' is not a scope"),
            ("alice predict sakuga_abc", 1, 15, "must be sha256:"),
            ("alice predict sha256:0g", 1, 23, "'g' is not a hexadecimal digit"),
            ("alice predict sha256:0a", 1, 22, "has 2 digits"),
            ("alice predict sha256:\(digest)\nalice admin sha256:\(other)", 2, 1, "already used in line 1"),
            ("alice predict sha256:\(digest)\nbob predict sha256:\(digest)", 2, 13, "already listed in line 1"),
        ] as [(String, Int?, Int?, String)])
    func `an error in the file is reported with its position`(text: String, line: Int?, column: Int?, words: String) throws {
        try withFile(text) { path in
            let error = #expect(throws: APIKeyFileError.self) { try APIKeyRing(path: path) }
            #expect(error?.line == line)
            #expect(error?.column == column)
            #expect(error?.path == path)
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }

    @Test func `a missing file and a binary file are errors`() throws {
        #expect(throws: APIKeyFileError.self) { try APIKeyRing(path: "/nowhere/keys") }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
        #expect(throws: APIKeyFileError.self) { try APIKeyRing(path: path) }
    }

    @Test func `a changed file applies after its reload, and a malformed one changes nothing`() throws {
        let first = try NewAPIKey(name: "a"), second = try NewAPIKey(name: "b")
        try withFile(first.line) { path in
            let ring = try APIKeyRing(path: path)
            try Data(second.line.utf8).write(to: URL(fileURLWithPath: path))
            #expect(ring.key(first.key) != nil)
            #expect(try ring.reload() == 1)
            #expect(ring.key(first.key) == nil)
            #expect(ring.key(second.key)?.name == "b")
            for broken in ["", "nonsense"] {
                try Data(broken.utf8).write(to: URL(fileURLWithPath: path))
                #expect(throws: APIKeyFileError.self) { try ring.reload() }
                #expect(ring.key(second.key)?.name == "b")
            }
        }
    }

    @Test func `a file that every user can read gives a warning`() throws {
        try withFile(try NewAPIKey(name: "a").line) { path in
            let ring = try APIKeyRing(path: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            #expect(ring.permissionWarning?.contains("chmod 600") == true)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            #expect(ring.permissionWarning == nil)
        }
    }

    @Test func `the digest is the one that sha256sum prints`() throws {
        #expect(APIKey.digest(of: "foo").prefix(4) == [0x2C, 0x26, 0xB4, 0x6B])
    }
}
