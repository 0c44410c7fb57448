/// Reads forward through a range of bytes. Every read past the end returns nil.
struct ByteCursor {
    let bytes: [UInt8]
    private(set) var position: Int
    let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, 0..<bytes.count) }

    /// - Precondition: `range` lies within `bytes`.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range must lie within the bytes")
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - position }

    mutating func byte() -> UInt8? {
        guard position < end else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// The range of the next `count` bytes.
    mutating func take(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return position..<position + count
    }

    mutating func little<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        guard let range = take(Number.bitWidth / 8) else { return nil }
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
        }
    }

    mutating func text(_ count: Int) -> String? {
        guard let range = take(count) else { return nil }
        return String(validating: bytes[range], as: UTF8.self)
    }

    /// The text up to the next line feed, which is consumed.
    mutating func line() -> String? {
        guard let feed = bytes[position..<end].firstIndex(of: 0x0A) else { return nil }
        defer { position = feed + 1 }
        return String(validating: bytes[position..<feed], as: UTF8.self)
    }
}
