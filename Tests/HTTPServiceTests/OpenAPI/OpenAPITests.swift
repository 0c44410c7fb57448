import Foundation
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import NIOCore
import Serving
import Testing

/// `/openapi.json` describes exactly what the server does.
@Suite(.timeLimit(.minutes(5))) struct OpenAPITests {
    static func document(_ client: any TestClientProtocol) async throws -> OpenAPI {
        try OpenAPI(Data(try await client.get("/openapi.json").body.readableBytesView))
    }

    @Test func `exactly the existing routes and methods are documented`() async throws {
        let service = jobService(RecordingHandler(), limits: JobStoreLimits(), policy: quickPolicy)
        let server = try HTTPServer(
            configuration: testConfiguration, service: service, readiness: Readiness(), observation: Observation(text: { "" }),
            logger: quietLogger)
        // The page and its files are no API. A parameter with unencoded slashes is a further route, but not a further path.
        let interface = server.routes.filter { path, _ in path == "openapi.json" || (!path.isEmpty && !path.contains(".")) }
        let routes = Dictionary(
            interface.map { ($0.replacing("{path}/**", with: "{path}").replacing("/**", with: "/{path}"), $1) },
            uniquingKeysWith: { $0.union($1) })
        try await withJobs { client in
            let documented = try await Self.document(client).routes
            for path in Set(routes.keys).union(documented.keys) { #expect(documented[path] == routes[path], "/\(path)") }
        }
    }

    @Test func `every reference resolves, and every component is used`() async throws {
        try await withJobs { client in
            let document = try await Self.document(client)
            var references: Set<String> = []
            Self.forEachObject(in: document.root) { object in
                if let reference = object["$ref"]?.string { references.insert(reference) }
            }
            for reference in references { #expect(document.target(of: reference) != nil, "\(reference)") }
            for (kind, components) in document.root["components"]?.members ?? [:] where kind != "securitySchemes" {
                for name in (components.members ?? [:]).keys {
                    #expect(references.contains("#/components/\(kind)/\(name)"), "\(kind)/\(name)")
                }
            }
        }
    }

    @Test func `operation IDs are unique, and examples match their schemas`() async throws {
        try await withJobs { client in
            let document = try await Self.document(client)
            var names: [String] = []
            Self.forEachObject(in: document.root) { object in
                if let name = object["operationId"]?.string, object["responses"] != nil { names.append(name) }
                guard let schema = object["schema"] else { return }
                let examples = (object["examples"]?.members ?? [:]).values.compactMap { document.resolved($0)["value"] }
                for example in examples + [object["example"]].compactMap(\.self) {
                    let faults = document.faults(of: example, by: schema)
                    #expect(faults.isEmpty, "\(faults)")
                }
            }
            #expect(Set(names).count == names.count)
            #expect(names.count > 10)
        }
    }

    @Test func `a client with a current copy gets 304`() async throws {
        try await withJobs { client in
            let first = try await client.get("/openapi.json")
            #expect(first.headers[.contentType] == "application/json")
            let tag = try #require(first.headers[.eTag])
            #expect(try await client.get("/openapi.json", headers: [.ifNoneMatch: tag]).status == .notModified)
        }
    }

    /// A request and the operation that documents it.
    struct Question: Sendable {
        var method: HTTPRequest.Method = .get
        var path: String
        var uri: String
        var body = ""
        var headers: HTTPFields = [:]
        var status: Int
    }

    @Test func `responses match the document`() async throws {
        let picture = #"{"data":["data:image/jpeg;base64,AQID"]}"#
        let tensor = #"{"id":"7","inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["AQID"]}]}"#
        let nobody = "5f0c2e9b7a3d41c68e1b0a9f4d7c2b36"
        let key = HTTPField.Name("Idempotency-Key")!
        try await withJobs { client in
            let done = try await client.submit("abc")
            try await client.end(of: done)
            let tag = try #require(try await client.get("/v1/jobs/\(done)/result").headers[.eTag])
            let questions: [Question] = [
                .init(path: "/v1/styles", uri: "/v1/styles", status: 200),
                .init(path: "/health/live", uri: "/health/live", status: 200),
                .init(path: "/health/ready", uri: "/health/ready", status: 200),
                .init(path: "/openapi.json", uri: "/openapi.json", headers: [.ifNoneMatch: "*"], status: 304),
                .init(method: .post, path: "/v1/stylize", uri: "/v1/stylize", body: "abc", status: 200),
                .init(method: .post, path: "/v1/stylize", uri: "/v1/stylize?format=webp", body: "abc", status: 200),
                .init(method: .post, path: "/v1/stylize", uri: "/v1/stylize?size=1", body: "abc", status: 400),
                .init(method: .post, path: "/v1/stylize", uri: "/v1/stylize", status: 400),
                .init(method: .post, path: "/api/predict", uri: "/api/predict/", body: picture, status: 200),
                .init(method: .post, path: "/run/predict", uri: "/run/predict", body: picture, status: 200),
                .init(method: .post, path: "/api/predict", uri: "/api/predict/", body: #"{"data":[]}"#, status: 400),
                .init(method: .post, path: "/api/predict", uri: "/api/predict/", body: #"{"data":1}"#, status: 422),
                .init(method: .post, path: "/api/predict", uri: "/api/predict/", body: "{", status: 422),
                .init(method: .post, path: "/v1/jobs", uri: "/v1/jobs", body: "abc", headers: [key: "k"], status: 202),
                .init(method: .post, path: "/v1/jobs", uri: "/v1/jobs", body: "abd", headers: [key: "k"], status: 422),
                .init(method: .post, path: "/v1/jobs", uri: "/v1/jobs?fit=no", body: "abd", status: 400),
                .init(path: "/v1/jobs/{id}", uri: "/v1/jobs/\(done)", status: 200),
                .init(path: "/v1/jobs/{id}", uri: "/v1/jobs/\(nobody)", status: 404),
                .init(method: .delete, path: "/v1/jobs/{id}", uri: "/v1/jobs/\(done)", status: 200),
                .init(method: .delete, path: "/v1/jobs/{id}", uri: "/v1/jobs/\(nobody)", status: 404),
                .init(path: "/v1/jobs/{id}/result", uri: "/v1/jobs/\(done)/result", status: 200),
                .init(
                    path: "/v1/jobs/{id}/result", uri: "/v1/jobs/\(done)/result", headers: [.ifNoneMatch: tag], status: 304),
                .init(path: "/v1/jobs/{id}/result", uri: "/v1/jobs/\(nobody)/result", status: 404),
                .init(path: "/v1/jobs/{id}/events", uri: "/v1/jobs/\(done)/events", status: 200),
                .init(path: "/v1/jobs/{id}/events", uri: "/v1/jobs/\(nobody)/events", status: 404),
                .init(path: "/v2", uri: "/v2", status: 200),
                .init(path: "/v2/health/live", uri: "/v2/health/live", status: 200),
                .init(path: "/v2/health/ready", uri: "/v2/health/ready", status: 200),
                .init(path: "/v2/models/{style}", uri: "/v2/models/painted", status: 200),
                .init(path: "/v2/models/{style}", uri: "/v2/models/other", status: 404),
                .init(path: "/v2/models/{style}/ready", uri: "/v2/models/painted/ready", status: 200),
                .init(
                    method: .post, path: "/v2/models/{style}/infer", uri: "/v2/models/painted/infer", body: tensor, status: 200),
                .init(method: .post, path: "/v2/models/{style}/infer", uri: "/v2/models/painted/infer", body: "{}", status: 400),
            ]
            let document = try await Self.document(client)
            for question in questions { try await Self.ask(question, client, document) }
        }
    }

    @Test func `temporary errors match the document`() async throws {
        try await withService(readiness: Readiness()) { client in
            let document = try await Self.document(client)
            for question: Question in [
                .init(path: "/health/ready", uri: "/health/ready", status: 503),
                .init(path: "/v1/styles", uri: "/v1/styles", status: 503),
                .init(method: .post, path: "/v1/stylize", uri: "/v1/stylize", body: "abc", status: 503),
                .init(method: .post, path: "/v1/jobs", uri: "/v1/jobs", body: "abc", status: 503),
                .init(method: .post, path: "/api/predict", uri: "/api/predict/", body: "{}", status: 503),
                .init(path: "/v2/health/ready", uri: "/v2/health/ready", status: 503),
                .init(path: "/v2/models/{style}/ready", uri: "/v2/models/painted/ready", status: 503),
                .init(method: .post, path: "/v2/models/{style}/infer", uri: "/v2/models/painted/infer", body: "{}", status: 503),
            ] {
                try await Self.ask(question, client, document)
            }
        }
    }

    @Test func `a job in each state matches the document`() async throws {
        let handler = PatientHandler()
        try await withJobs(handler) { client in
            let document = try await Self.document(client)
            var steps = handler.events.makeAsyncIterator()
            let running = try await client.submit("running")
            #expect(await steps.next() == "started")
            let waiting = try await client.submit("waiting")
            for job in [running, waiting] {
                for (path, status) in [("", 200), ("/result", 409)] {
                    let question = Question(path: "/v1/jobs/{id}" + path, uri: "/v1/jobs/\(job)" + path, status: status)
                    try await Self.ask(question, client, document)
                }
            }
            for job in [waiting, running] {
                for question: Question in [
                    .init(method: .delete, path: "/v1/jobs/{id}", uri: "/v1/jobs/\(job)", status: 200),
                    .init(path: "/v1/jobs/{id}", uri: "/v1/jobs/\(job)", status: 200),
                    .init(path: "/v1/jobs/{id}/result", uri: "/v1/jobs/\(job)/result", status: 410),
                    .init(path: "/v1/jobs/{id}/events", uri: "/v1/jobs/\(job)/events", status: 200),
                ] {
                    try await Self.ask(question, client, document)
                }
            }
        }
        try await withJobs(RecordingHandler(failure: JobError(.unsupportedImage, "No picture."))) { client in
            let document = try await Self.document(client)
            let failed = try await client.submit("abc")
            try await client.end(of: failed)
            let question = Question(path: "/v1/jobs/{id}", uri: "/v1/jobs/\(failed)", status: 200)
            try await Self.ask(question, client, document)
        }
    }

    /// Sends a request, and compares the response's status, media type and body with the document.
    static func ask(_ question: Question, _ client: any TestClientProtocol, _ document: OpenAPI) async throws {
        let answer = try await client.executeRequest(
            uri: question.uri, method: question.method, headers: question.headers, body: ByteBuffer(string: question.body))
        let what: Comment = "\(question.method.rawValue) \(question.uri): \(answer.status.code) \(answer.text.prefix(300))"
        #expect(answer.status.code == question.status, what)
        let method = question.method == .head ? .get : question.method
        let documented = document.response(method.rawValue, question.path, status: answer.status.code)
        let response = try #require(documented, what)
        for name in (response["headers"]?.members ?? [:]).keys where name == "Retry-After" || name == "ETag" || name == "Location"
        {
            #expect(answer.headers[try #require(HTTPField.Name(name))] != nil, what)
        }
        guard let content = response["content"]?.members else {
            #expect(answer.body.readableBytes == 0, what)
            return
        }
        let type = try #require(answer.headers[.contentType], what)
        let media = try #require(content[type], what)
        guard question.method != .head, type.hasSuffix("json"), let schema = media["schema"] else { return }
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body.readableBytesView))
        let faults = document.faults(of: value, by: schema)
        #expect(faults.isEmpty, "\(what): \(faults)")
    }

    private static func forEachObject(in value: JSONValue, _ visit: ([String: JSONValue]) -> Void) {
        if let members = value.members {
            visit(members)
            for member in members.values { forEachObject(in: member, visit) }
        }
        for element in value.elements ?? [] { forEachObject(in: element, visit) }
    }
}
