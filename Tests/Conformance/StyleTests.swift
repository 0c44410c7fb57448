import Foundation
import Testing

/// The styles that come with Sakuga, as people meet them.
@Suite(.timeLimit(.minutes(15))) struct StyleTests {
    private static let models = Program.root.appending(path: "Models").path
    private static let photos = [
        Program.photo, "\(Program.root.path)/Tests/Conformance/styles/cat.jpg",
        "\(Program.root.path)/Tests/Conformance/styles/coffee.jpg",
    ]

    /// The names of the styles, by their cards.
    static let shipped =
        ((try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []).filter { $0.hasSuffix(".json") }
        .map { String($0.dropLast(5)) }.sorted()

    @Test(arguments: shipped)
    func `a style's pictures have no checkerboard, halo, blotch or seam, from 256 to 1024 pixels`(style: String) async throws {
        let script = Program.root.appending(path: "Tests/Conformance/styles/artefacts_test.py").path
        let outcome = try await Program.run(Program.python, [script, Program.sakuga, style] + Self.photos)
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    @Test func `the server offers every style with a thumbnail, the default one first`() async throws {
        let server = try await Server()
        let styles = try #require(try await HTTP.get("\(server.base)/v1/styles").object["styles"] as? [[String: Any]])
        #expect(styles.first?["name"] as? String == "painted")
        #expect(Set(Self.shipped).isSubset(of: styles.compactMap { $0["name"] as? String }))
        for style in styles where Self.shipped.contains(style["name"] as? String ?? "") {
            #expect((style["thumbnail"] as? String)?.hasPrefix("data:image/jpeg;base64,") == true, "\(style["name"] ?? "")")
        }
    }

    @Test func `the two versions of Gradio's radio are two styles`() async throws {
        let server = try await Server(["--size", "128"] + Server.longMaxWait)
        let photo = try Data(contentsOf: URL(filePath: Program.photo)).base64EncodedString()
        var pictures: Set<String> = []
        for version in ["version 1 (🔺 stylization, 🔻 robustness)", "version 2 (🔺 robustness,🔻 stylization)"] {
            let body = #"{"data":["data:image/jpeg;base64,\#(photo)","\#(version)"]}"#
            let answer = try await HTTP.post("\(server.base)/api/predict/", Array(body.utf8), type: "application/json")
            #expect(answer.status == 200)
            pictures.insert(try #require((answer.object["data"] as? [String])?.first))
        }
        #expect(pictures.count == min(2, Self.shipped.count))
    }
}
