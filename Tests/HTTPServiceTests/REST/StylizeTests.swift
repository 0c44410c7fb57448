import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import NIOCore
import Serving
import Testing

@Suite(.timeLimit(.minutes(5))) struct StylizeTests {
    @Test func `the response to a raw body has the picture and the time of each stage`() async throws {
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let response = try await client.post("/v1/stylize", "abc", headers: [.contentType: "image/jpeg"])
            #expect(response.status == .ok)
            #expect(response.text == "cba")
            #expect(response.headers[.contentType] == "image/jpeg")
            let timing = try #require(response.headers[HTTPField.Name("Server-Timing")!])
            #expect(timing.contains("decode;dur=3.1, run;dur=250.0, total;dur="))
            #expect(response.headers[HTTPField.Name("X-Image-Size")!] == "640x480")
        }
        let request = try #require(handler.requests.first)
        #expect(request.style == nil)
        #expect(request.size == nil)
        #expect(request.fit == .contain)
        #expect(request.format == .jpeg)
    }

    @Test func `the query's parameters reach the handler`() async throws {
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let response = try await client.post("/v1/stylize?style=paprika&size=256&fit=cover&format=webp&quality=75", "abc")
            #expect(response.headers[.contentType] == "image/webp")
        }
        let request = try #require(handler.requests.first)
        #expect(request.style == "paprika")
        #expect(request.size == 256)
        #expect(request.fit == .cover)
        #expect(request.format == .webp)
        #expect(request.quality == 75)
    }

    @Test func `the first file of a form is the photo`() async throws {
        let form = [
            "--XX", "Content-Disposition: form-data; name=\"note\"", "", "hello",
            "--XX", "Content-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"", "Content-Type: image/jpeg", "",
            "pic\r\nture",
            "--XX", "Content-Disposition: form-data; name=\"other\"; filename=\"b.jpg\"", "", "second",
            "--XX--", "",
        ].joined(separator: "\r\n")
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let response = try await client.post(
                "/v1/stylize", form, headers: [.contentType: "multipart/form-data; boundary=XX"])
            #expect(response.status == .ok, "\(response.text)")
        }
        #expect(handler.requests.map(\.image) == [Array("pic\r\nture".utf8)])
    }

    @Test func `a client's request ID is returned, and others are assigned one`() async throws {
        let name = HTTPField.Name("X-Request-Id")!
        try await withService { client in
            #expect(try await client.post("/v1/stylize", "a", headers: [name: "abc-1.2_3"]).headers[name] == "abc-1.2_3")
            let made = try await client.post("/v1/stylize", "a", headers: [name: "no spaces please"]).headers[name]
            #expect(made?.count == 16)
            #expect(try await client.get("/nowhere").headers[name]?.isEmpty == false)
        }
    }
}
