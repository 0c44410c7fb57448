import Foundation
import HTTPService
import Testing

@Suite struct Base64Tests {
    private func decode(_ text: String) throws -> [UInt8] {
        try Array(text.utf8).withUnsafeBufferPointer { try Base64.decode($0) }
    }

    private func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: Base64.encodedLength(of: bytes.count)) { output in
            bytes.withUnsafeBufferPointer { Base64.encode($0, into: output) }
            return output.count
        }
    }

    @Test(arguments: 0..<70)
    func `what is encoded is what Foundation encodes, and decodes to the same bytes`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 89 + 7) }
        let text = encode(bytes)
        #expect(text == Data(bytes).base64EncodedString())
        #expect(try decode(text) == bytes)
        #expect(try decode(text.replacing("=", with: "")) == bytes)
        #expect(try decode(text.map { "\($0)\n " }.joined()) == bytes)
    }

    @Test func `every byte outside the alphabet is refused at its place`() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n".utf8)
        for byte in UInt8.min ... .max where !alphabet.contains(byte) {
            for place in 0..<9 {
                var text = Array("AAAAAAAAA".utf8)
                text[place] = byte
                #expect(throws: Base64.Problem.unexpectedByte(byte, offset: place)) {
                    try text.withUnsafeBufferPointer { try Base64.decode($0) }
                }
            }
        }
    }

    @Test(arguments: ["A", "AAAAA", "AAAA B"])
    func `a single character left over is a text that was cut off`(text: String) {
        #expect(throws: Base64.Problem.truncated) { try decode(text) }
    }

    @Test(arguments: ["AA==A", "AA=A", "AA===", "AAAA=AAA"])
    func `nothing comes after the padding`(text: String) {
        #expect(throws: Base64.Problem.self) { try decode(text) }
    }
}

@Suite struct JSONScannerTests {
    private func scan(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer {
            var scanner = JSONScanner($0)
            try scanner.skipValue()
            try scanner.expectEnd()
        }
    }

    @Test(arguments: [
        "{}", "[]", "0", "-0.5e-10", "1E+2", "\"\"", "true", "false", "null", " [ 1 , [ ] , { } ] ",
        #"{"a":{"b":[true,null,"\"\\\/\b\f\n\r\t\u00e9"]}}"#, "\"日本語 🔺 and some more text to fill eight bytes\"",
    ])
    func `valid JSON passes`(text: String) throws {
        try scan(Array(text.utf8))
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1,]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, "[1 2]", "01", "1.", ".5", "-", "1e",
        "+1",
        "tru", "nul", "True", "\"", #""\x""#, #""\u12g4""#, #""\u12""#, "\"a\nb\"", "'a'", "[]]", "NaN",
    ])
    func `invalid JSON is refused`(text: String) {
        #expect(throws: JSONScanner.Problem.self) { try scan(Array(text.utf8)) }
    }

    @Test func `a string that is not UTF-8 is refused`() {
        #expect(throws: JSONScanner.Problem.self) { try scan([0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test func `the scanner agrees with Foundation about texts with one byte changed`() {
        let text = Array(#"{"data":["AQID\/\u00e9\n é",-1.5e3,null,true],"x":{"y":[]}}"#.utf8)
        for index in text.indices {
            for byte in Array("\"\\{}[],:0ae-+. \n\u{1}".utf8) + [0xC3] {
                var changed = text
                changed[index] = byte
                let expected = (try? JSONSerialization.jsonObject(with: Data(changed))) != nil
                let actual = (try? scan(changed)) != nil
                #expect(actual == expected, "\(String(decoding: changed, as: UTF8.self))")
            }
        }
    }

    @Test func `nesting is bounded`() throws {
        let deep = JSONScanner.maximumDepth
        try scan(Array((String(repeating: "[", count: deep) + String(repeating: "]", count: deep)).utf8))
        #expect(throws: JSONScanner.Problem.self) { try scan([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) }
    }

    @Test(arguments: [
        (#"a\"b\\c\/d"#, "a\"b\\c/d"), (#"\b\f\n\r\t"#, "\u{8}\u{C}\n\r\t"), (#"\u00e9\u4e2d"#, "é中"),
        (#"\ud83d\ude00!"#, "😀!"), (#"\ud83d!"#, "\u{FFFD}!"), (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"), ("plain é", "plain é"),
    ])
    func `escapes are taken out`(escaped: String, plain: String) {
        let bytes = Array(escaped.utf8).withUnsafeBufferPointer { JSONStrings.unescape($0) }
        #expect(String(decoding: bytes, as: UTF8.self) == plain)
    }
}

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
    func `a form that breaks off is malformed`(lines: [String]) {
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
