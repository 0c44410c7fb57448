import Foundation
import HTTPService
import HTTPTypes
import HummingbirdTesting
import JobQueue
import NIOCore
import Testing

/// Calls in two steps with curl, and the synchronous POST.
@Suite(.timeLimit(.minutes(5))) struct GradioCallTests {
    private static let dataURL = #"{"url":"data:image/jpeg;base64,AQIDBA=="}"#

    @Test(arguments: [
        ("/gradio_api/call/predict", #"{"data":[\#(dataURL)]}"#),
        ("/call/predict", #"{"data":["AQIDBA==",null],"session_hash":"x"}"#),
        ("/gradio_api/call/v2/predict", #"{"img":\#(dataURL),"ver":"version 2 (🔺 robustness,🔻 stylization)"}"#),
        ("/call/v2/predict", #"{"img":\#(dataURL)}"#),
    ])
    func `the result of a call can be requested more than once`(path: String, body: String) async throws {
        try await withService { http in
            let started = try await http.post(path, body)
            #expect(started.status == .ok, "\(started.text)")
            let event = try #require(try started.object["event_id"] as? String)
            for _ in 0..<2 {
                let end = try await http.get("\(path)/\(event)")
                #expect(end.headers[.contentType] == "text/event-stream")
                #expect(end.text.hasPrefix("event: complete\ndata: [{"), "\(end.text)")
                #expect(end.text.hasSuffix("}]\n\n"))
                let url = try #require(end.text.firstMatch(of: /"url":"http:\/\/[^\/]+([^"]+)"/)?.1)
                #expect(Array(try await http.get(String(url)).body.readableBytesView) == [4, 3, 2, 1])
            }
        }
    }

    @Test(arguments: [
        ("/gradio_api/call/predict", #"{"data":[null]}"#), ("/gradio_api/call/v2/predict", "{}"),
        ("/gradio_api/call/predict", #"{"data":[{"path":"/etc/passwd"}]}"#),
    ])
    func `an invalid picture is reported when the result is requested`(path: String, body: String) async throws {
        try await withService { http in
            let event = try #require(try await http.post(path, body).object["event_id"] as? String)
            for _ in 0..<2 {
                let end = try await http.get("\(path)/\(event)").text
                #expect(end.hasPrefix(#"event: error"# + "\ndata: {\"duration\":10,\"error\":\""), "\(end)")
            }
        }
    }

    @Test func `an unknown call gets Gradio's error`() async throws {
        try await withService { http in
            let end = try await http.get("/gradio_api/call/predict/0123")
            #expect(end.status == .ok)
            #expect(end.text == "event: error\ndata: \"404: Not Found\"\n\n")
        }
    }

    @Test func `a waiting call gets heartbeats`() async throws {
        var configuration = testConfiguration
        configuration.gradio.heartbeat = .milliseconds(10)
        let handler = PatientHandler()
        try await withService(handler, configuration: configuration) { http in
            let event = try #require(
                try await http.post("/gradio_api/call/predict", #"{"data":["AQID"]}"#).object["event_id"] as? String)
            try await RawConnection.open(port: try #require(http.port)) { connection in
                try await connection.send("GET /gradio_api/call/predict/\(event) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(to: "event: heartbeat\ndata: null\n\n")
            }
            try await RawConnection.open(port: try #require(http.port)) { connection in
                try await connection.send("GET /gradio_api/heartbeat/s HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(to: "data: ALIVE\n\n")
            }
            handler.release()
            #expect(try await http.get("/gradio_api/call/predict/\(event)").text.contains("event: complete"))
        }
    }

    @Test(arguments: ["/gradio_api/run/predict", "/gradio_api/api/predict", "/run/predict", "/api/predict/"])
    func `the synchronous response has the form of the input`(path: String) async throws {
        try await withService { http in
            let text = try await http.post(path, #"{"data":["data:image/png;base64,AQIDBA=="]}"#).object
            #expect(text["data"] as? [String] == ["data:image/jpeg;base64,BAMCAQ=="])
            #expect(text["average_duration"] is Double)
            let upload = try await GradioClient(http: http).upload([("a.jpg", "abc")])[0]
            let reply = try await http.post(path, #"{"data":[{"path":"\#(upload)"}]}"#).object
            let file = try #require((reply["data"] as? [[String: Any]])?.first)
            #expect(file["size"] as? Int == 3)
            #expect(try await http.get("/file=\(try #require(file["path"] as? String))").text == "cba")
        }
    }
}
