import Foundation
import HTTPService
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// The steps of Gradio's protocol, as in its Python client.
struct GradioClient: Sendable {
    let http: any TestClientProtocol
    var session = "s"

    /// Uploads files of one form; returns their paths.
    func upload(_ files: [(name: String, text: String)], to path: String = "/gradio_api/upload") async throws -> [String] {
        var form = ""
        for file in files {
            form += "--XX\r\nContent-Disposition: form-data; name=\"files\"; filename=\"\(file.name)\"\r\n"
            form += "Content-Type: image/jpeg\r\n\r\n\(file.text)\r\n"
        }
        let response = try await http.post(
            path, form + "--XX--\r\n", headers: [.contentType: "multipart/form-data; boundary=XX"])
        #expect(response.status == .ok, "\(response.text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String])
    }

    /// Queues a job; returns its event.
    func join(_ picture: String) async throws -> String {
        let response = try await joinReply(picture)
        #expect(response.status == .ok, "\(response.text)")
        return try #require(try response.object["event_id"] as? String)
    }

    func joinReply(_ picture: String) async throws -> TestResponse {
        try await http.post("/gradio_api/queue/join", #"{"data":[\#(picture),null],"fn_index":0,"session_hash":"\#(session)"}"#)
    }

    /// All messages of the session, up to the stream's end.
    func messages() async throws -> [[String: Any]] {
        let response = try await http.get("/gradio_api/queue/data?session_hash=\(session)")
        #expect(response.headers[.contentType] == "text/event-stream")
        return try Self.messages(in: response.text)
    }

    /// The frames of a stream: exactly `data: {…}` and two line feeds each.
    static func messages(in text: String) throws -> [[String: Any]] {
        #expect(text.hasSuffix("\n\n"))
        return try text.components(separatedBy: "\n\n").dropLast().map { frame in
            #expect(frame.hasPrefix("data: {") && !frame.contains("\n") && !frame.contains("\r"), "\(frame)")
            return try #require(try JSONSerialization.jsonObject(with: Data(frame.dropFirst(6).utf8)) as? [String: Any])
        }
    }
}

extension [[String: Any]] {
    /// The kinds of the messages about an event.
    func kinds(of event: String) -> [String] {
        filter { $0["event_id"] as? String == event }.compactMap { $0["msg"] as? String }
    }

    /// The last message about an event.
    func end(of event: String) throws -> [String: Any] {
        let end = try #require(last { $0["event_id"] as? String == event })
        #expect(end["msg"] as? String == "process_completed")
        return end
    }

    /// The picture's path in the last message about an event.
    func path(of event: String) throws -> String {
        let end = try end(of: event)
        #expect(end["success"] as? Bool == true)
        let output = try #require(end["output"] as? [String: Any])
        let file = try #require((output["data"] as? [[String: Any]])?.first)
        #expect((file["meta"] as? [String: Any])?["_type"] as? String == "gradio.FileData")
        #expect((file["url"] as? String)?.hasSuffix(file["path"] as? String ?? "?") == true)
        return try #require(file["path"] as? String)
    }

    /// The error of an event.
    func error(of event: String) throws -> String {
        let end = try end(of: event)
        #expect(end["success"] as? Bool == false)
        let output = try #require(end["output"] as? [String: Any])
        // The Python client passes all members to its exception, which accepts only these.
        #expect(Set(output.keys) == ["error", "duration", "visible", "title"])
        return try #require(output["error"] as? String)
    }
}

/// A configuration with short delays in Gradio's routes.
let quickGradio = {
    var configuration = testConfiguration
    configuration.gradio.linger = .milliseconds(20)
    configuration.gradio.cancelDelay = .milliseconds(20)
    configuration.gradio.resetTimeout = .milliseconds(40)
    return configuration
}()
