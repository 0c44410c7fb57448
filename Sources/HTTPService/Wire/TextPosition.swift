/// A place in a text as people count: from 1.
struct TextPosition: Equatable {
    var line: Int
    /// In bytes.
    var column: Int

    /// The place of the byte at `offset`.
    init(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
        line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        column = min(offset, bytes.count) - lineStart + 1
    }
}
