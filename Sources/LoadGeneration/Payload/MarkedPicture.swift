/// An encoded picture with a place for a number in it that changes none of its pixels.
///
/// - JPEG: a comment segment right behind the start marker.
/// - PNG: a `tEXt` chunk behind the header chunk, its checksum part of the patch.
/// - anything else: behind the end, where decoders stop reading.
///
/// The place begins at a multiple of three bytes, so that base64 of it begins at a whole group too.
package struct MarkedPicture {
    /// The picture's bytes with the place in them.
    package let bytes: [UInt8]
    /// The place, as for bare bytes.
    package let patch: CounterPatch

    /// The picture with a place for a number.
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
        // The segment's length counts its own two bytes; 2 + 2 + 2 bytes stand before the place.
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
        patch = CounterPatch(offset: 51, form: .pngText(crcBefore: CRC32.continued(0, typeAndText)))
    }

    private init(trailing picture: [UInt8]) {
        let padding = [UInt8](repeating: 0, count: (3 - picture.count % 3) % 3)
        bytes = picture + padding + Self.room
        patch = CounterPatch(offset: picture.count + padding.count)
    }
}
