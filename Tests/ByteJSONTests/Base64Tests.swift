import ByteJSON
import Foundation
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
