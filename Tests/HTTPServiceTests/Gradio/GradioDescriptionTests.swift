import Foundation
import HTTPTypes
import HummingbirdTesting
import JobQueue
import Testing

/// The description of the app, which Gradio's clients request first.
@Suite(.timeLimit(.minutes(5))) struct GradioDescriptionTests {
    @Test func `the configuration has every key that the Python client needs`() async throws {
        try await withService { client in
            let config = try await client.get("/config").object
            #expect(config["version"] as? String == "6.31.0")
            #expect(config["protocol"] as? String == "sse_v3")
            #expect(config["api_prefix"] as? String == "/gradio_api")
            #expect(config["connect_heartbeat"] as? Bool == false)
            #expect(config["max_file_size"] as? Int == 20_000_000 - 4_096)
            let components = try #require(config["components"] as? [[String: Any]])
            #expect(components.map { $0["type"] as? String } == ["image", "radio", "image"])
            #expect(components.map { $0["id"] as? Int } == [0, 1, 2])
            let call = try #require((config["dependencies"] as? [[String: Any]])?.first)
            #expect(call["inputs"] as? [Int] == [0, 1])
            #expect(call["outputs"] as? [Int] == [2])
            #expect(call["api_name"] as? String == "predict")
            #expect(call["backend_fn"] as? Bool == true)
        }
    }

    @Test func `the radio has a version for each of two styles`() async throws {
        try await withService { client in
            let components = try #require(try await client.get("/config").object["components"] as? [[String: Any]])
            let choices = (components[1]["props"] as? [String: Any])?["choices"] as? [[String]]
            #expect(
                choices?.map(\.first) == ["version 2 (🔺 robustness,🔻 stylization)", "version 1 (🔺 stylization, 🔻 robustness)"])
        }
    }

    @Test(arguments: ["/gradio_api/info?serialize=False", "/info"])
    func `the call and its parameters are described`(path: String) async throws {
        try await withService { client in
            let info = try await client.get(path).object
            #expect((info["unnamed_endpoints"] as? [String: Any])?.isEmpty == true)
            let call = try #require((info["named_endpoints"] as? [String: [String: Any]])?["/predict"])
            let parameters = try #require(call["parameters"] as? [[String: Any]])
            #expect(parameters.map { $0["parameter_name"] as? String } == ["img", "ver"])
            #expect(parameters[1]["parameter_has_default"] as? Bool == true)
            #expect((call["returns"] as? [[String: Any]])?.first?["component"] as? String == "Image")
        }
    }

    /// A version, and the style that it stands for.
    static let versions: [(String, String?)] = [
        ("null", nil), (#""""#, nil), (#""version 2 (🔺 robustness,🔻 stylization)""#, nil),
        (#""version 1 (🔺 stylization, 🔻 robustness)""#, "paprika"), (#""anything""#, "paprika"), (#""painted""#, "painted"),
    ]

    @Test(arguments: versions)
    func `the version chooses the style`(version: String, style: String?) async throws {
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let reply = try await client.post("/api/predict/", #"{"data":["AQIDBA==",\#(version)]}"#)
            #expect(reply.status == .ok)
        }
        #expect(handler.requests.map(\.style) == [style])
    }
}
