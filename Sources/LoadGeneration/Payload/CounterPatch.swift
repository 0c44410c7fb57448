import ByteJSON
import CZlib

/// A range of a body that holds the request's number, so that no two bodies are the same and no cache can answer.
package struct CounterPatch: Sendable, Hashable {
    /// How the number is written.
    package enum Form: Sendable, Hashable {
        /// 18 hexadecimal digits.
        case digits
        /// 14 hexadecimal digits and the CRC-32 that closes a PNG chunk; the value is the CRC of all that the chunk has before them.
        case pngText(crcBefore: UInt32)
    }

    /// Every patch is this long before base64.
    package static let rawLength = 18

    /// Its offset in the body, in bytes.
    package var offset: Int
    /// How the number is written.
    package var form: Form
    /// Whether the body contains it as base64 (24 characters, aligned to a group of four).
    package var isBase64: Bool

    /// How many bytes of the body it takes.
    package var length: Int { isBase64 ? Self.rawLength / 3 * 4 : Self.rawLength }

    package init(offset: Int, form: Form = .digits, isBase64: Bool = false) {
        self.offset = offset
        self.form = form
        self.isBase64 = isBase64
    }
}

extension CounterPatch {
    /// Writes the patch for request `number` at the beginning of `room`, which has at least `length` bytes. No allocation.
    package func write(_ number: UInt64, into room: UnsafeMutableBufferPointer<UInt8>) {
        guard isBase64 else { return writeRaw(number, into: room) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.rawLength) { raw in
            writeRaw(number, into: raw)
            Base64.encode(UnsafeBufferPointer(raw), into: room)
        }
    }

    private func writeRaw(_ number: UInt64, into room: UnsafeMutableBufferPointer<UInt8>) {
        switch form {
        case .digits: Self.writeDigits(number, count: Self.rawLength, into: room)
        case .pngText(let before):
            let digits = Self.rawLength - 4
            Self.writeDigits(number, count: digits, into: room)
            let crc = Self.crc32(before, UnsafeBufferPointer(rebasing: room[..<digits]))
            for byte in 0..<4 { room[digits + byte] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32(byte))) }
        }
    }

    /// The CRC-32 (ISO 3309) of what `before` is the checksum of, followed by `bytes`. The checksum of nothing is 0.
    static func crc32(_ before: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: CZlib.crc32(UInt(before), bytes.baseAddress, UInt32(bytes.count)))
    }

    /// `count` hexadecimal digits, the lowest last.
    static func writeDigits(_ number: UInt64, count: Int, into room: UnsafeMutableBufferPointer<UInt8>) {
        var rest = number
        for place in stride(from: count - 1, through: 0, by: -1) {
            let digit = UInt8(rest & 15)
            room[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest >>= 4
        }
    }
}

/// An encoded picture with room for a number that changes none of its pixels.
///
/// - JPEG: a comment segment right behind the start marker.
/// - PNG: a `tEXt` chunk behind the header chunk, its checksum part of the patch.
/// - other formats: behind the end, where decoders stop reading.
///
/// The number begins at a multiple of three bytes, so that its base64 begins at a whole group.
package struct MarkedPicture {
    /// The picture's bytes with the room in them.
    package let bytes: [UInt8]
    /// Where the number goes, for bare bytes.
    package let patch: CounterPatch

    /// Makes room in a picture.
    package init(_ picture: [UInt8]) {
        if picture.starts(with: [0xFF, 0xD8, 0xFF]) {
            self.init(jpeg: picture)
        } else if picture.starts(with: Self.pngSignature), picture.count > 33, picture[12..<16].elementsEqual("IHDR".utf8) {
            self.init(png: picture)
        } else {
            self.init(trailing: picture)
        }
    }

    private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let room = [UInt8](repeating: UInt8(ascii: "0"), count: CounterPatch.rawLength)

    private init(jpeg picture: [UInt8]) {
        // The segment's length includes its own two bytes; 2 + 2 + 2 bytes precede the number.
        let segment = [0xFF, 0xFE, 0, UInt8(CounterPatch.rawLength + 2)] + Self.room
        bytes = picture[..<2] + segment + picture[2...]
        patch = CounterPatch(offset: 6)
    }

    private init(png picture: [UInt8]) {
        // Signature 8 + header chunk 25 + length 4 + type 4 + keyword 8 = 49; two spaces bring the place to 51.
        let typeAndText = Array("tEXtComment\0  ".utf8)
        let digits = CounterPatch.rawLength - 4
        let length = UInt8(typeAndText.count - 4 + digits)
        bytes = picture[..<33] + [0, 0, 0, length] + typeAndText + Self.room + picture[33...]
        patch = CounterPatch(
            offset: 51, form: .pngText(crcBefore: typeAndText.withUnsafeBufferPointer { CounterPatch.crc32(0, $0) }))
    }

    private init(trailing picture: [UInt8]) {
        let padding = [UInt8](repeating: 0, count: (3 - picture.count % 3) % 3)
        bytes = picture + padding + Self.room
        patch = CounterPatch(offset: picture.count + padding.count)
    }
}
