import Imaging
import PictureFormats
import Testing

@Suite struct `Hostile pictures` {
    private func failure(_ bytes: [UInt8], limits: ImageLimits = ImageLimits()) -> ImagingError? {
        do {
            _ = try ImageCodec.decode(bytes, fit: .contain(64), limits: limits)
            return nil
        } catch { return error }
    }

    @Test func `no bytes are refused`() {
        #expect(failure([]) == .empty)
    }

    @Test(arguments: [
        ("PK\u{3}\u{4}0000", "a ZIP archive"), ("hello, I am a photo", "text"), ("%PDF-1.7\n", "a PDF document"),
        ("<?xml version=\"1.0\"?><svg width=\"10\" height=\"10\"/>", "an SVG drawing"),
        ("<!DOCTYPE html><p>", "a web page"), ("P6 2 2 255 \u{1}", "text"),
    ])
    func `what is no picture is refused and named`(content: String, noun: String) throws {
        let error = try #require(failure(Array(content.utf8)))
        guard case .unknownFormat(let found, let readable) = error else {
            Issue.record("unexpected error \(error)")
            return
        }
        #expect(found == noun)
        #expect(readable.starts(with: ["JPEG", "PNG", "WebP"]))
        #expect(error.description.contains(noun) && error.description.contains("send one of JPEG, PNG, WebP"))
    }

    @Test func `a PNG header that claims 50000 by 50000 pixels is refused from the header`() {
        let bytes = pngHeader(width: 50_000, height: 50_000)
        #expect(failure(bytes) == .tooManyPixels(width: 50_000, height: 50_000, limit: 50_000_000))
    }

    @Test func `a PNG header that claims the largest sides is refused`() {
        #expect(failure(pngHeader(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF)) != nil)
        #expect(failure(pngHeader(width: 0, height: 10)) != nil)
    }

    @Test func `half a million short rows are refused, a strip as long as JPEG allows is not`() {
        #expect(failure(pngHeader(width: 48, height: 524_320)) == .tooLongSide(width: 48, height: 524_320, limit: 65_535))
        #expect(failure(pngHeader(width: 65_536, height: 16)) == .tooLongSide(width: 65_536, height: 16, limit: 65_535))
        #expect(failure(pngHeader(width: 16, height: 65_535)) == .damaged(.png))
    }

    @Test func `too many bytes are refused before anything is read`() {
        let bytes = [UInt8](repeating: 0, count: 1001)
        let limits = ImageLimits(maximumBytes: 1000)
        #expect(failure(bytes, limits: limits) == .tooManyBytes(1001, limit: 1000))
    }

    @Test func `the limit on pixels is exact`() throws {
        let bytes = try Fixture.bytes("rgb16.png")
        #expect(failure(bytes, limits: ImageLimits(maximumPixels: 48 * 32)) == nil)
        #expect(
            failure(bytes, limits: ImageLimits(maximumPixels: 48 * 32 - 1))
                == .tooManyPixels(width: 48, height: 32, limit: 48 * 32 - 1))
    }

    @Test func `a TIFF with a gigantic tile is refused`() throws {
        var bytes = try Fixture.bytes("tiled.tiff")
        try patchTIFF(&bytes, tag: 322, value: 60_000)
        try patchTIFF(&bytes, tag: 323, value: 60_000)
        #expect(failure(bytes) == .unsupported(.tiff, reason: "its tiles are too large"))
    }

    @Test(arguments: [
        "progressive.jpg", "gps.jpg", "cmyk.jpg", "rgb16.png", "palette-alpha.png", "lossy.webp", "alpha.webp",
        "animated.gif", "lzw.tiff", "tiled.tiff", "quadrants.avif", "quadrants.heic",
    ])
    func `a picture cut anywhere never crashes and early cuts are errors`(name: String) throws {
        let whole = try Fixture.bytes(name)
        for tenth in 0..<10 {
            let error = failure(Array(whole.prefix(whole.count * tenth / 10)))
            // The last tenth of a few formats holds nothing that the first frame needs.
            if tenth <= 4 { #expect(error != nil, "\(name) cut at \(tenth * 10) %") }
        }
    }

    @Test(arguments: [ImageFormat.jpeg, .png, .webp])
    func `a photo cut at any tenth is an error`(format: ImageFormat) throws {
        let whole = try ImageCodec.encode(photo(width: 300, height: 200), as: format)
        for tenth in 1..<10 {
            let error = failure(Array(whole.prefix(whole.count * tenth / 10)))
            #expect(error == .damaged(PictureFormat(sniffing: whole) ?? .gif), "cut at \(tenth * 10) %")
        }
    }

    @Test(arguments: [
        "progressive.jpg", "cmyk.jpg", "orientation-6.jpg", "wide.jpg", "palette-alpha.png", "rgba16.png", "alpha.webp",
        "animated.webp", "animated.gif", "lzw.tiff", "tiled.tiff", "fax.tiff", "lab.tiff", "float.tiff",
        "quadrants.avif", "quadrants.heic",
    ])
    func `flipped bytes never crash`(name: String) throws {
        let whole = try Fixture.bytes(name)
        var generator = SeededGenerator(state: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        let limits = ImageLimits(maximumPixels: 1_000_000)
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let picture = try? ImageCodec.decode(bytes, fit: .contain(64), limits: limits) else { continue }
            #expect(picture.bytes.count == picture.width * picture.height * 3)
        }
    }

    @Test func `every error tells what to do`() {
        let errors: [ImagingError] = [
            .empty, .unknownFormat(found: nil, readable: ["JPEG"]), .tooManyBytes(25_300_000, limit: 20_000_000),
            .tooManyPixels(width: 9000, height: 9000, limit: 50_000_000), .damaged(.jpeg),
            .tooLongSide(width: 70_000, height: 20, limit: 65_535), .unsupported(.tiff, reason: "it has 9 channels"),
            .badSize(0, minimum: 16, maximum: 4096),
            .cannotEncode(.webp, width: 20_000, height: 20), .libraryUnavailable,
        ]
        for error in errors { #expect(error.description.contains(";") || error.description.contains("Save it")) }
        #expect(errors[2].description.contains("25.3 MB and at most 20 MB"))
    }
}

/// A PNG of signature, IHDR and an empty IDAT: 60 bytes or so of promises.
private func pngHeader(width: UInt32, height: UInt32) -> [UInt8] {
    func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
    func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(kind.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        + chunk("IHDR", bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0]) + chunk("IDAT", [])
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 {
            let isOdd = crc & 1 == 1
            crc >>= 1
            if isOdd { crc ^= 0xEDB8_8320 }
        }
    }
    return ~crc
}

/// Overwrites a SHORT or LONG of a little-endian TIFF's first directory.
private func patchTIFF(_ bytes: inout [UInt8], tag: Int, value: Int) throws {
    func number(_ offset: Int, _ size: Int) -> Int {
        bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let start = number(4, 4)
    let entry = try #require(
        (0..<number(start, 2)).map { start + 2 + 12 * $0 }.first { number($0, 2) == tag })
    bytes.replaceSubrange(entry + 8..<entry + 10, with: [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)])
}
