import ByteJSON
import Foundation
import Testing

@Suite struct JSONStringTests {
    @Test(arguments: [
        (#"a\"b\\c\/d"#, "a\"b\\c/d"), (#"\b\f\n\r\t"#, "\u{8}\u{C}\n\r\t"), (#"\u00e9\u4e2d"#, "é中"),
        (#"\ud83d\ude00!"#, "😀!"), (#"\ud83d!"#, "\u{FFFD}!"), (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"), ("plain é", "plain é"),
    ])
    func `escapes are taken out`(escaped: String, plain: String) {
        #expect(Array(escaped.utf8).withUnsafeBufferPointer { JSONString.text($0) } == plain)
    }

    @Test(arguments: [(#"a\"#, "a"), (#"\x!"#, "!"), (#"\u12"#, "12"), (#"\u00g0"#, "00g0"), (#"\ud83d\u12"#, "\u{FFFD}12")])
    func `an escape sequence that JSON does not have is left out`(escaped: String, plain: String) {
        #expect(Array(escaped.utf8).withUnsafeBufferPointer { JSONString.text($0) } == plain)
    }

    @Test func `what is escaped is what Foundation reads back`() throws {
        let text = String(String.UnicodeScalarView((0..<0x100).compactMap { Unicode.Scalar($0) })) + "中😀"
        let escaped = JSONString.escaped(text)
        #expect(try JSONDecoder().decode([String].self, from: Data("[\"\(escaped)\"]".utf8)) == [text])
        #expect(Array(escaped.utf8).withUnsafeBufferPointer { JSONString.text($0) } == text)
    }
}
