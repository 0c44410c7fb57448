import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Testing

/// Gradio's API matches `/openapi.json`.
@Suite(.timeLimit(.minutes(5))) struct OpenAPIGradioTests {
    private typealias Question = OpenAPITests.Question

    private static let form = "--X\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.jpg\"\r\n\r\nabc\r\n--X--\r\n"
    private static let formType: HTTPFields = [.contentType: "multipart/form-data; boundary=X"]

    @Test func `responses of Gradio's routes match the document`() async throws {
        try await withJobs { client in
            let upload = try await client.post("/upload", Self.form, headers: Self.formType)
            let path = try #require(try JSONDecoder().decode([String].self, from: Data(upload.body.readableBytesView)).first)
            let list = #"{"data":[{"path":"\#(path)"},null],"session_hash":"s"}"#, named = #"{"img":{"path":"\#(path)"}}"#
            let event = try #require(
                try await client.post("/gradio_api/call/predict", list).object["event_id"] as? String)
            let questions = Self.descriptions + Self.files(path) + Self.calls(list, named, event)
            let document = try await OpenAPITests.document(client)
            for question in questions { try await OpenAPITests.ask(question, client, document) }
        }
    }

    @Test func `errors of Gradio's routes during the start match the document`() async throws {
        try await withService(readiness: Readiness()) { client in
            let document = try await OpenAPITests.document(client)
            for path in ["/config", "/info"].map({ "/gradio_api" + $0 }) {
                try await OpenAPITests.ask(Question(path: path, uri: path, status: 503), client, document)
            }
            for path in ["/queue/join", "/call/predict", "/call/v2/predict"].map({ "/gradio_api" + $0 }) {
                let question = Question(method: .post, path: path, uri: path, body: "{}", status: 503)
                try await OpenAPITests.ask(question, client, document)
            }
        }
    }

    private static var descriptions: [Question] {
        [
            .init(path: "/gradio_api/config", uri: "/config", status: 200),
            .init(path: "/gradio_api/info", uri: "/gradio_api/info", status: 200),
            .init(path: "/gradio_api/queue/status", uri: "/gradio_api/queue/status", status: 200),
            .init(method: .head, path: "/gradio_api/heartbeat/{session}", uri: "/gradio_api/heartbeat/s", status: 200),
        ]
    }

    private static func files(_ path: String) -> [Question] {
        let file = "/gradio_api/file={path}", uri = "/gradio_api/file=\(path)", tag = "\"\(path.split(separator: "/")[1])\""
        return [
            .init(
                method: .post, path: "/gradio_api/upload", uri: "/gradio_api/upload", body: form, headers: formType, status: 200),
            .init(method: .post, path: "/gradio_api/upload", uri: "/gradio_api/upload", body: "abc", status: 400),
            .init(path: file, uri: uri, status: 200),
            .init(path: file, uri: "/gradio_api/file=\(path.replacing("/", with: "%2F"))", status: 200),
            .init(path: file, uri: uri, headers: [.range: "bytes=0-1"], status: 206),
            .init(path: file, uri: uri, headers: [.ifNoneMatch: tag], status: 304),
            .init(path: file, uri: "/gradio_api/file=/etc/passwd", status: 403),
            .init(path: file, uri: uri, headers: [.range: "bytes=9-"], status: 416),
            .init(path: "/gradio_api/file/{path}", uri: "/gradio_api/file\(path)", status: 200),
            .init(
                method: .post, path: "/api/predict", uri: "/api/predict", body: #"{"data":[{"path":"\#(path)"}]}"#, status: 200),
            .init(method: .post, path: "/run/predict", uri: "/run/predict", body: #"{"data":[{"path":"nothing"}]}"#, status: 400),
        ]
    }

    private static func calls(_ list: String, _ named: String, _ event: String) -> [Question] {
        let join = "/gradio_api/queue/join", data = "/gradio_api/queue/data"
        var questions: [Question] = [
            .init(method: .post, path: join, uri: join, body: list, status: 200),
            .init(method: .post, path: join, uri: join, body: #"{"data":["AQID"]}"#, status: 400),
            .init(method: .post, path: join, uri: join, body: "{", status: 422),
            .init(path: data, uri: data + "?session_hash=nobody", status: 200),
            .init(path: data, uri: data, status: 400),
        ]
        for (path, body) in [("/gradio_api/call/predict", list), ("/gradio_api/call/v2/predict", named)] {
            questions += [
                .init(method: .post, path: path, uri: path, body: body, status: 200),
                .init(method: .post, path: path, uri: path, body: "[]", status: 422),
                .init(path: path + "/{event}", uri: path + "/\(event)", status: 200),
                .init(path: path + "/{event}", uri: path + "/nothing", status: 200),
            ]
        }
        for path in ["/gradio_api/cancel", "/gradio_api/reset"] {
            questions += [
                .init(method: .post, path: path, uri: path, body: #"{"event_id":"\#(event)"}"#, status: 200),
                .init(method: .post, path: path, uri: path, body: "[]", status: 422),
            ]
        }
        return questions
    }
}
