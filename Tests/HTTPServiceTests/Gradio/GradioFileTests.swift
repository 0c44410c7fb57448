import Foundation
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// Uploads, and fetching uploads and results.
@Suite(.timeLimit(.minutes(5))) struct GradioFileTests {
    @Test(arguments: ["/gradio_api/upload", "/upload?upload_id=x"])
    func `paths of uploads cannot be guessed and end with the name`(path: String) async throws {
        try await withService { http in
            let paths = try await GradioClient(http: http).upload([("a photo.jpg", "one"), ("../../b\\c.png", "two")], to: path)
            #expect(paths.count == 2)
            #expect(paths[0].wholeMatch(of: /\/sakuga\/[0-9a-f]{32}\/a_photo\.jpg/) != nil, "\(paths)")
            #expect(paths[1].wholeMatch(of: /\/sakuga\/[0-9a-f]{32}\/c\.png/) != nil, "\(paths)")
        }
    }

    @Test func `a file is available at all paths that clients use`() async throws {
        try await withService { http in
            let path = try await GradioClient(http: http).upload([("é.jpg", "\u{1}photo")])[0]
            let plain = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
            let encoded = path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path
            for address in ["/gradio_api/file=\(plain)", "/gradio_api/file=\(encoded)", "/file=\(plain)", "/file/\(plain)"] {
                let response = try await http.get(address)
                #expect(response.status == .ok, "\(address)")
                #expect(response.text == "\u{1}photo")
                #expect(response.headers[.contentDisposition]?.hasPrefix("attachment; filename") == true)
                #expect(response.headers[.lastModified]?.hasSuffix(" GMT") == true)
            }
        }
    }

    @Test func `ranges, HEAD and conditional requests`() async throws {
        try await withService { http in
            let path = try await GradioClient(http: http).upload([("a.jpg", "0123456789")])[0]
            let uri = "/gradio_api/file=\(path)"
            let whole = try await http.get(uri)
            let tag = try #require(whole.headers[.eTag])
            let part = try await http.get(uri, headers: [.range: "bytes=2-4"])
            #expect(part.status == .partialContent)
            #expect(part.text == "234")
            #expect(part.headers[.contentRange] == "bytes 2-4/10")
            #expect(try await http.get(uri, headers: [.range: "bytes=-3"]).text == "789")
            #expect(try await http.get(uri, headers: [.range: "bytes=2-4", .ifRange: "\"x\""]).text == "0123456789")
            #expect(try await http.get(uri, headers: [.range: "bytes=10-"]).status == .rangeNotSatisfiable)
            #expect(try await http.get(uri, headers: [.ifNoneMatch: tag]).status == .notModified)
            let head = try await http.executeRequest(uri: uri, method: .head, headers: [:], body: nil)
            #expect(head.status == .ok)
            #expect(head.headers[.contentLength] == "10")
        }
    }

    @Test(arguments: [
        "/gradio_api/file=/etc/passwd", "/gradio_api/file=", "/file=..%2F..%2Fetc%2Fpasswd", "/file/etc/passwd",
        "/gradio_api/file=/sakuga/00000000000000000000000000000000/a.jpg", "/file=%FF%zz",
    ])
    func `nothing else can be read`(path: String) async throws {
        try await withService { http in
            let response = try await http.get(path)
            #expect(response.status == .forbidden)
            #expect(try response.gradioError().hasPrefix("File not allowed: "))
        }
    }

    @Test(arguments: ["/gradio_api/file=a", "/file=/sakuga/a/b.jpg", "/gradio_api/file/a/b"])
    func `a wrong method is distinguished from an unknown path`(path: String) async throws {
        try await withService { http in
            let response = try await http.post(path, "x")
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == "GET, HEAD")
            #expect(try await http.post("/gradio_api/file", "x").status == .notFound)
        }
    }

    @Test func `the name is part of the path`() async throws {
        try await withService { http in
            let path = try await GradioClient(http: http).upload([("a.jpg", "x")])[0]
            #expect(try await http.get("/file=\(path.replacing("a.jpg", with: "b.jpg"))").status == .forbidden)
        }
    }

    @Test func `an uploaded HTML file is not displayed`() async throws {
        try await withService { http in
            let path = try await GradioClient(http: http).upload([("a.html", "<script>")])[0]
            let response = try await http.get("/file=\(path)")
            #expect(response.headers[.contentType] == "application/octet-stream")
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"a.html\"")
        }
    }

    @Test func `a body that is not a form is rejected with Gradio's message`() async throws {
        try await withService { http in
            let response = try await http.post("/gradio_api/upload", "x", headers: [.contentType: "text/plain"])
            #expect(response.status == .badRequest)
            #expect(try response.gradioError() == "Invalid content type.")
            let empty = try await http.post(
                "/gradio_api/upload", "--XX--\r\n", headers: [.contentType: "multipart/form-data; boundary=XX"])
            #expect(empty.status == .badRequest)
        }
    }

    @Test func `a client whose unused files fill the store gets 503`() async throws {
        var configuration = testConfiguration
        configuration.gradio.uploadsLimit = 8_192
        try await withService(configuration: configuration) { http in
            _ = try await GradioClient(http: http).upload([("a.jpg", "x"), ("b.jpg", "y")])
            let form = "--XX\r\nContent-Disposition: form-data; name=\"files\"; filename=\"c\"\r\n\r\nz\r\n--XX--\r\n"
            let response = try await http.post(
                "/gradio_api/upload", form, headers: [.contentType: "multipart/form-data; boundary=XX"])
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "60")
        }
    }
}
