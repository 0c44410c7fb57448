import HTTPService
import Testing

@Suite struct MultipartTests {
    private func firstFile(_ lines: [String]) throws -> String {
        let body = Array(lines.joined(separator: "\r\n").utf8)
        return try body.withUnsafeBufferPointer {
            String(decoding: $0[try Multipart.firstFile(in: $0, boundary: "XX")], as: UTF8.self)
        }
    }

    @Test func `the first part with a file name is the file`() throws {
        let file = try firstFile([
            "preamble", "--XX", "content-disposition: form-data; name=a", "", "1",
            "--XX", "Content-Type: image/png", "Content-Disposition: form-data; name=f; filename*=UTF-8''b.png", "",
            "\r\r\n-X-\r", "--XX--",
        ])
        #expect(file == "\r\r\n-X-\r")
    }

    @Test(arguments: [
        ["--XX"], ["--XX", "Content-Disposition: form-data; filename=a", "", "no end"], ["--XX", "no blank line"], [""],
        ["--XXnothing"],
    ])
    func `a truncated form is malformed`(lines: [String]) {
        #expect(throws: Multipart.Problem.malformed) { try firstFile(lines) }
    }

    @Test func `the boundary is found with and without quotes`() throws {
        #expect(try Multipart.boundary(of: "multipart/form-data; boundary=abc") == "abc")
        #expect(try Multipart.boundary(of: "multipart/form-data; charset=utf-8; Boundary=\"a b\"") == "a b")
        #expect(throws: Multipart.Problem.noBoundary) { try Multipart.boundary(of: "multipart/form-data; boundary=") }
        let long = String(repeating: "x", count: 71)
        #expect(throws: Multipart.Problem.noBoundary) { try Multipart.boundary(of: "multipart/form-data; boundary=\(long)") }
    }
}
