import ByteJSON
import Foundation
import Testing

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
}

@Suite struct TextPositionTests {
    @Test(arguments: [(0, 1, 1), (2, 1, 3), (3, 2, 1), (5, 3, 2), (99, 3, 2)])
    func `positions count lines and columns from 1`(offset: Int, line: Int, column: Int) {
        let position = Array("ab\n\nc".utf8).withUnsafeBufferPointer { TextPosition(of: offset, in: $0) }
        #expect(position.line == line)
        #expect(position.column == column)
    }
}
