import Foundation
import HTTPTypes
import HummingbirdTesting
import JobQueue
import Serving
import Testing

@Suite(.timeLimit(.minutes(5))) struct PredictTests {
    @Test(arguments: ["/api/predict/", "/api/predict", "/run/predict", "/run/predict/"])
    func `a data URL gets a data URL on every path that Gradio's clients use`(path: String) async throws {
        try await withService { client in
            let response = try await client.post(path, #"{"data":["data:image/jpeg;base64,AQIDBA=="]}"#)
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/json")
            let reply = try response.object
            #expect(reply["data"] as? [String] == ["data:image/jpeg;base64,BAMCAQ=="])
            #expect(reply["is_generating"] as? Bool == false)
            #expect(try #require(reply["duration"] as? Double) >= 0)
        }
    }

    @Test(arguments: [
        #"{"data":["AQIDBA=="]}"#,
        #"{"data":["AQIDBA"]}"#,
        #"{"data":["data:image/png;base64,AQIDBA=="]}"#,
        #"{"data":["data:;base64,AQIDBA=="]}"#,
        #"{"data":["data:image\/jpeg;base64,AQIDBA=="]}"#,
        #"{"data":["AQ\nID\r\nBA=="]}"#,
        #" { "fn_index" : 0, "session_hash":"x", "event_data":{"a":[1,2.5e3,{"b":null}],"c":true}, "data" : [ "AQIDBA==" ] } "#,
        #"{"d\u0061ta":["AQIDBA=="],"trigger_id":-12}"#,
        #"{"data":["AQIDBA==",null]}"#,
        #"{"data":["AQIDBA==","version 2 (🔺 robustness,🔻 stylization)"]}"#,
        #"{"data":["AQIDBA==","version 1 (\ud83d\udd3a stylization, \ud83d\udd3b robustness)"]}"#,
    ])
    func `the picture is found in every form of the request`(body: String) async throws {
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let response = try await client.post("/api/predict/", body)
            #expect(response.status == .ok, "\(response.text)")
        }
        #expect(handler.requests.map(\.image) == [[1, 2, 3, 4]])
        #expect(handler.requests.first?.format == .jpeg)
        #expect(handler.requests.first?.quality == 90)
    }

    @Test func `a picture of megabytes is transferred intact`() async throws {
        let handler = RecordingHandler()
        let image = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let text = Data(image).base64EncodedString()
        try await withService(handler) { client in
            let response = try await client.post("/api/predict/", #"{"data":["data:image/jpeg;base64,\#(text)"]}"#)
            let reply = try #require(try response.object["data"] as? [String])
            let expected = "data:image/jpeg;base64," + Data(image.reversed()).base64EncodedString()
            #expect(reply.first == expected)
        }
        #expect(handler.requests.first?.image == image)
    }

    @Test func `requests on one connection are answered in order`() async throws {
        try await withService { client in
            for _ in 0..<20 { try await client.expectStillServing() }
        }
    }
}
