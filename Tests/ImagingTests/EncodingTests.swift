import Imaging
import PictureFormats
import Testing

@Suite struct `Encoding pictures` {
    @Test func `PNG keeps every value`() throws {
        let picture = photo(width: 61, height: 43)
        #expect(try ImageCodec.decode(ImageCodec.encode(picture, as: .png), fit: .contain(512)) == picture)
    }

    @Test(arguments: ImageFormat.allCases)
    func `the bytes are of the asked format`(format: ImageFormat) throws {
        let encoded = try ImageCodec.encode(photo(width: 64, height: 48), as: format)
        let header = try ImageCodec.probe(encoded)
        #expect(header.format.rawValue.lowercased() == format.rawValue)
        #expect(header.width == 64 && header.height == 48)
        #expect(format.mediaType == "image/\(format.rawValue)")
    }

    @Test(arguments: [ImageFormat.jpeg, .webp])
    func `lower quality makes smaller files`(format: ImageFormat) throws {
        let picture = photo(width: 128, height: 128)
        let low = try ImageCodec.encode(picture, as: format, quality: 20)
        let high = try ImageCodec.encode(picture, as: format, quality: 95)
        #expect(low.count < high.count)
    }

    @Test(arguments: ImageFormat.allCases)
    func `a photo's place, comment and profile do not come back`(format: ImageFormat) throws {
        let source = try Fixture.bytes("gps.jpg")
        for secret in ["Exif", "SECRET-DESCRIPTION", "SECRET-COMMENT", "SECRET-XMP", "ICC_PROFILE", "2024:05:06"] {
            #expect(source.contains(text: secret))
        }
        let encoded = try ImageCodec.encode(ImageCodec.decode(source, fit: .contain(512)), as: format)
        for secret in ["Exif", "EXIF", "SECRET", "ICC", "2024:05:06", "xmp", "XMP", "iTXt", "tEXt", "iCCP", "eXIf"] {
            #expect(!encoded.contains(text: secret))
        }
    }

    @Test func `a picture too long for the format is refused`() throws {
        let long = PixelBuffer(width: 17_000, height: 16, bytes: [UInt8](repeating: 9, count: 17_000 * 16 * 3))
        #expect(throws: ImagingError.cannotEncode(.webp, width: 17_000, height: 16)) {
            try ImageCodec.encode(long, as: .webp)
        }
        #expect(try !ImageCodec.encode(long, as: .jpeg).isEmpty)
    }

    @Test func `pictures go side by side`() {
        let left = PixelBuffer(width: 1, height: 2, bytes: [1, 1, 1, 2, 2, 2])
        let right = PixelBuffer(width: 2, height: 2, bytes: [3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6])
        let joined = left.beside(right)
        #expect(joined.width == 3 && joined.height == 2)
        #expect(joined.bytes == [1, 1, 1, 3, 3, 3, 4, 4, 4, 2, 2, 2, 5, 5, 5, 6, 6, 6])
    }

    @Test(arguments: [("JPG", ImageFormat.jpeg), ("jpeg", .jpeg), ("png", .png), ("WebP", .webp)])
    func `file name extensions tell the format`(name: String, format: ImageFormat) {
        #expect(ImageFormat(fileExtension: name) == format)
        #expect(ImageFormat(fileExtension: format.fileExtension) == format)
        #expect(ImageFormat(fileExtension: "gif") == nil)
    }
}
