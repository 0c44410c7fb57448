import Foundation
import ProductVersion
import Testing

/// The files that repeat the version say the same as the code.
@Suite struct ProductVersionTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    @Test func `the version has the form of semantic versioning`() {
        #expect(SakugaVersion.current.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+/) != nil)
    }

    @Test func `openapi.json names the version`() throws {
        struct Document: Decodable {
            struct Info: Decodable { let version: String }
            let info: Info
        }
        let data = Data(try text("Sources/HTTPService/OpenAPI/openapi.json").utf8)
        #expect(try JSONDecoder().decode(Document.self, from: data).info.version == SakugaVersion.current)
    }

    @Test func `the image's label names the version`() throws {
        let label = #"org.opencontainers.image.version="\#(SakugaVersion.current)""#
        #expect(try text("deploy/Dockerfile").contains(label))
    }

    @Test func `the changelog begins with the version`() throws {
        let heading = try text("CHANGELOG.md").split(separator: "\n").first { $0.hasPrefix("## [") }
        #expect(heading?.hasPrefix("## [\(SakugaVersion.current)]") == true, "\(heading ?? "no heading")")
    }
}
