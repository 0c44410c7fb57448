import JobQueue
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Serving
import Testing

/// A request that must be rejected, with the status, and words that the message must contain.
struct BadRequest: Sendable, CustomTestStringConvertible {
    let name: String
    var uri = "/api/predict/"
    var method = HTTPRequest.Method.post
    var body: String?
    var contentType = "application/json"
    let status: HTTPResponse.Status
    let words: [String]

    var testDescription: String { name }
}

@Suite(.timeLimit(.minutes(5))) struct BadInputTests {
    static let gradio = [
        BadRequest(name: "no body", status: .unprocessableContent, words: ["no body", "data:image/jpeg"]),
        BadRequest(name: "only white space", body: " \n", status: .unprocessableContent, words: ["no body"]),
        BadRequest(
            name: "wrong JSON", body: "{\"data\":\n [oops]}", status: .unprocessableContent,
            words: ["not valid JSON", "line 2, column 3"]),
        BadRequest(
            name: "JSON cut off", body: #"{"data":["AQID"#, status: .unprocessableContent, words: ["no end", "column 10"]),
        BadRequest(
            name: "more after the JSON", body: #"{"data":["AQID"]} x"#, status: .unprocessableContent, words: ["more text"]),
        BadRequest(name: "JSON of another kind", body: "[1]", status: .unprocessableContent, words: ["object"]),
        BadRequest(name: "a form instead of JSON", body: "data=AQID", status: .unprocessableContent, words: ["not valid JSON"]),
        BadRequest(name: "no data", body: #"{"fn_index":0}"#, status: .unprocessableContent, words: ["no \"data\""]),
        BadRequest(name: "data is no list", body: #"{"data":"AQID"}"#, status: .unprocessableContent, words: ["list"]),
        BadRequest(name: "empty data", body: #"{"data":[]}"#, status: .badRequest, words: ["empty", "data:image/jpeg"]),
        BadRequest(name: "null for a picture", body: #"{"data":[null]}"#, status: .badRequest, words: ["null"]),
        BadRequest(name: "a number for a picture", body: #"{"data":[7]}"#, status: .badRequest, words: ["a number"]),
        BadRequest(
            name: "a file object for a picture", body: #"{"data":[{"path":"/etc/passwd"}]}"#, status: .badRequest,
            words: ["uploaded file"]),
        BadRequest(
            name: "wrong base64", body: #"{"data":["data:image/jpeg;base64,AQ%D"]}"#, status: .badRequest,
            words: ["Base64", "'%'", "character 3"]),
        BadRequest(name: "base64 cut off", body: #"{"data":["AQIDB"]}"#, status: .badRequest, words: ["Base64", "truncated"]),
        BadRequest(
            name: "a data URL without base64", body: #"{"data":["data:image/svg+xml,<svg/>"]}"#, status: .badRequest,
            words: ["data URL"]),
        BadRequest(
            name: "a 0-byte picture", body: #"{"data":["data:image/jpeg;base64,"]}"#, status: .badRequest, words: ["empty"]),
        BadRequest(name: "an empty string", body: #"{"data":[""]}"#, status: .badRequest, words: ["empty"]),
        BadRequest(
            name: "a URL", body: #"{"data":["https://example.org/a.jpg"]}"#, status: .badRequest,
            words: ["URLs are not fetched. Send the picture itself, as {\"data\""]),
        BadRequest(
            name: "a local address", body: #"{"data":["file:///etc/passwd"]}"#, status: .badRequest, words: ["not fetched"]),
        BadRequest(name: "a number for a version", body: #"{"data":["AQID",2]}"#, status: .badRequest, words: ["version"]),
        BadRequest(name: "three inputs", body: #"{"data":["AQID","a","b"]}"#, status: .badRequest, words: ["more than 2"]),
        BadRequest(
            name: "an endpoint that is not there", uri: "/api/other/", body: "{}", status: .notFound, words: ["/api/other/"]),
        BadRequest(name: "GET of a predict route", method: .get, status: .methodNotAllowed, words: ["POST"]),
    ]

    @Test(arguments: gradio)
    func `an invalid request gets an error in Gradio's format, and the server continues`(bad: BadRequest) async throws {
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let response = try await client.executeRequest(
                uri: bad.uri, method: bad.method, headers: [.contentType: bad.contentType],
                body: bad.body.map { ByteBuffer(string: $0) })
            #expect(response.status == bad.status)
            let sentence = try response.gradioError()
            for word in bad.words { #expect(sentence.contains(word), "\(sentence)") }
            #expect(handler.requests.isEmpty)
            try await client.expectStillServing()
        }
    }

    static let rest = [
        BadRequest(name: "no body", uri: "/v1/stylize", status: .badRequest, words: ["no picture", "body"]),
        BadRequest(
            name: "unknown style", uri: "/v1/stylize?style=oil", body: "x", status: .badRequest,
            words: ["'oil'", "painted, paprika"]),
        BadRequest(name: "size 0", uri: "/v1/stylize?size=0", body: "x", status: .badRequest, words: ["size=0", "16 to 1024"]),
        BadRequest(name: "size -1", uri: "/v1/stylize?size=-1", body: "x", status: .badRequest, words: ["size=-1"]),
        BadRequest(name: "size 1000000", uri: "/v1/stylize?size=1000000", body: "x", status: .badRequest, words: ["1024"]),
        BadRequest(
            name: "size 99999999999999999999", uri: "/v1/stylize?size=99999999999999999999", body: "x", status: .badRequest,
            words: ["1024"]),
        BadRequest(name: "size in words", uri: "/v1/stylize?size=big", body: "x", status: .badRequest, words: ["whole number"]),
        BadRequest(
            name: "a fit", uri: "/v1/stylize?fit=squeeze", body: "x", status: .badRequest, words: ["contain, cover, exact"]),
        BadRequest(
            name: "unknown format", uri: "/v1/stylize?format=bmp", body: "x", status: .badRequest, words: ["jpeg, png, webp"]),
        BadRequest(name: "quality 0", uri: "/v1/stylize?quality=0", body: "x", status: .badRequest, words: ["1 to 100"]),
        BadRequest(
            name: "a form without a boundary", uri: "/v1/stylize", body: "x", contentType: "multipart/form-data",
            status: .badRequest, words: ["boundary"]),
        BadRequest(
            name: "a form that is none", uri: "/v1/stylize", body: "hello", contentType: "multipart/form-data; boundary=XX",
            status: .badRequest, words: ["form"]),
        BadRequest(
            name: "a form without a file", uri: "/v1/stylize",
            body: "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--XX--\r\n",
            contentType: "multipart/form-data; boundary=XX", status: .badRequest, words: ["no file"]),
        BadRequest(
            name: "a form with a 0-byte file", uri: "/v1/stylize",
            body: "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.jpg\"\r\n\r\n\r\n--XX--\r\n",
            contentType: "multipart/form-data; boundary=XX", status: .badRequest, words: ["0 bytes"]),
        BadRequest(
            name: "an unknown path", uri: "/v3/stylize", body: "x", status: .notFound, words: ["/v3/stylize", "/v1/stylize"]),
        BadRequest(name: "a path that climbs", uri: "/../Package.swift", method: .get, status: .notFound, words: ["nothing"]),
        BadRequest(name: "GET of a POST route", uri: "/v1/stylize", method: .get, status: .methodNotAllowed, words: ["Use POST"]),
        BadRequest(name: "POST of the page", uri: "/", body: "x", status: .methodNotAllowed, words: ["Use GET or HEAD"]),
    ]

    @Test(arguments: rest)
    func `an invalid request gets a problem document, and the server continues`(bad: BadRequest) async throws {
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let response = try await client.executeRequest(
                uri: bad.uri, method: bad.method, headers: [.contentType: bad.contentType],
                body: bad.body.map { ByteBuffer(string: $0) })
            #expect(response.status == bad.status)
            let sentence = try response.problem()
            for word in bad.words { #expect(sentence.contains(word), "\(sentence)") }
            #expect(handler.requests.isEmpty)
            try await client.expectStillServing()
        }
    }

    @Test func `a wrong method gets the allowed ones`() async throws {
        try await withService { client in
            #expect(try await client.get("/v1/stylize").headers[.allow] == "POST")
            #expect(try await client.post("/", "x").headers[.allow] == "GET, HEAD")
            let put = try await client.executeRequest(uri: "/api/predict", method: .put, headers: [:], body: nil)
            #expect(put.status == .methodNotAllowed)
            #expect(put.headers[.allow] == "POST")
        }
    }

    static let failures: [(JobError, HTTPResponse.Status)] = [
        (JobError(.badRequest, "Bad."), .badRequest),
        (JobError(.unsupportedImage, "That is a zip file, not a picture."), .unsupportedMediaType),
        (JobError(.imageTooLarge, "50000×50000 is too large."), .contentTooLarge),
        (JobError(.unknownStyle, "No such style."), .badRequest),
        (JobError(.overloaded, "Full.", retryAfter: 9), .serviceUnavailable),
        (JobError(.cancelled, "Cancelled."), .serviceUnavailable),
        (JobError(.internal, "Broken."), .internalServerError),
    ]

    @Test(arguments: failures)
    func `a job's error has its message and its status in both formats`(
        error: JobError, status: HTTPResponse.Status
    ) async throws {
        try await withService(RecordingHandler(failure: error)) { client in
            let rest = try await client.post("/v1/stylize", "x")
            #expect(rest.status == status)
            #expect(try rest.problem() == error.message)
            let gradio = try await client.post("/api/predict/", #"{"data":["AQID"]}"#)
            #expect(gradio.status == status)
            #expect(try gradio.gradioError() == error.message)
            if status == .serviceUnavailable {
                #expect(rest.headers[.retryAfter] == "\(error.retryAfter ?? 5)")
            }
        }
    }

    @Test func `rejected bodies release their memory`() async throws {
        var configuration = testConfiguration
        configuration.bodiesLimit = 150_000
        try await withService(configuration: configuration) { client in
            let padding = String(repeating: "A", count: 100_000)
            for _ in 0..<20 {
                #expect(try await client.post("/api/predict/", "{\"data\":[\"\(padding)").status == .unprocessableContent)
            }
            try await client.expectStillServing()
        }
    }

    @Test func `bodies beyond the common budget get 503`() async throws {
        var configuration = testConfiguration
        configuration.bodiesLimit = 1_000
        try await withService(configuration: configuration) { client in
            let response = try await client.post("/v1/stylize", String(repeating: "A", count: 1_001))
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "5")
        }
    }
}
