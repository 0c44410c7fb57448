import PictureFormats
import Testing

@Suite struct PictureFormatTests {
    private static func bytes(_ parts: any Sequence<UInt8>...) -> [UInt8] { parts.flatMap { Array($0) } }

    private static func isoMedia(_ brands: String...) -> [UInt8] {
        let box = brands[0] + "\0\0\0\0" + brands.dropFirst().joined()
        return bytes([0, 0, 0, UInt8(8 + box.utf8.count)], "ftyp".utf8, box.utf8, "avif".utf8)
    }

    @Test(arguments: [
        (bytes([0xFF, 0xD8, 0xFF, 0xE0]), PictureFormat.jpeg),
        (bytes([0x89], "PNG\r\n\u{1A}\n".utf8), .png),
        (bytes("RIFF1234WEBPVP8 ".utf8), .webp),
        (bytes("GIF87a".utf8), .gif), (bytes("GIF89a".utf8), .gif),
        (bytes("II*\0".utf8), .tiff), (bytes("MM\0*".utf8), .tiff), (bytes("II+\0".utf8), .tiff), (bytes("MM\0+".utf8), .tiff),
        (isoMedia("heic", "mif1"), .heic), (isoMedia("mif1", "heic"), .heic), (isoMedia("avif", "mif1"), .avif),
        (isoMedia("mif1", "miaf", "avif"), .avif),
    ])
    func `the first bytes tell the format`(bytes: [UInt8], format: PictureFormat) {
        #expect(PictureFormat(sniffing: bytes) == format)
        #expect(PictureFormat(sniffing: bytes[...]) == format)
    }

    @Test(arguments: [
        [], [0xFF, 0xD8], bytes("RIFF1234WAVE".utf8), bytes("GIF88a".utf8), bytes("<html>".utf8), isoMedia("isom", "avif"),
        bytes("\0\0\0\u{8}ftyp".utf8), bytes("\0\0\0\0ftypmif".utf8),
    ])
    func `other bytes are no picture`(bytes: [UInt8]) {
        #expect(PictureFormat(sniffing: bytes) == nil)
    }

    @Test func `extensions and media types are unambiguous`() {
        let extensions = PictureFormat.allCases.flatMap(\.fileExtensions)
        #expect(Set(extensions).count == extensions.count)
        #expect(PictureFormat.jpeg.fileExtension == "jpg")
        #expect(
            PictureFormat.allCases.map(\.mediaType) == [
                "image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "image/gif", "image/tiff",
            ])
    }
}
