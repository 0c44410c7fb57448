import Imaging
import PictureFormats
import Testing

@Suite struct `Decoding pictures` {
    private func decode(_ name: String, _ fit: Fit = .contain(512)) throws -> PixelBuffer {
        try ImageCodec.decode(Fixture.bytes(name), fit: fit)
    }

    @Test(arguments: 1...8)
    func `a JPEG comes out upright for every EXIF orientation`(code: Int) throws {
        let picture = try decode("orientation-\(code).jpg")
        #expect(picture.width == 48 && picture.height == 32)
        #expect(Quadrants(picture).names == ["red", "green", "blue", "yellow"])
        #expect(Quadrants(picture).error <= 8)
    }

    @Test(arguments: ["png", "webp", "tiff", "avif"])
    func `other formats come out upright too`(kind: String) throws {
        let picture = try decode("orientation-6.\(kind)")
        #expect(picture.width == 48 && picture.height == 32)
        #expect(Quadrants(picture).names == ["red", "green", "blue", "yellow"])
    }

    @Test(arguments: [
        ("progressive.jpg", 8), ("broken-profile.jpg", 8), ("gps.jpg", 8), ("rgb16.png", 1), ("lossy.webp", 24),
        ("lzw.tiff", 0), ("tiled.tiff", 0), ("float.tiff", 1), ("quadrants.avif", 12), ("quadrants.heic", 12),
        ("lab.tiff", 32),
    ])
    func `colours come out as they were`(name: String, tolerance: Int) throws {
        let quadrants = Quadrants(try decode(name))
        #expect(quadrants.names == ["red", "green", "blue", "yellow"])
        #expect(quadrants.error <= tolerance)
    }

    @Test(arguments: ["animated.gif", "animated.webp", "pages.tiff"])
    func `of several frames the first is taken`(name: String) throws {
        let picture = try decode(name)
        #expect(picture.height == 32)
        #expect(Quadrants(picture).names == ["red", "green", "blue", "yellow"])
    }

    @Test(arguments: ["cmyk.jpg", "cmyk.tiff"])
    func `ink becomes light`(name: String) throws {
        let picture = try decode(name)
        let (red, green, blue) = (picture[12, 8], picture[36, 8], picture[12, 24])
        #expect(red.red > 150 && red.green < 90 && red.blue < 90)
        #expect(green.green > 120 && green.red < green.green && green.blue < green.green)
        #expect(blue.blue > 100 && blue.red < blue.blue && blue.green < blue.blue)
    }

    @Test(arguments: ["grey.jpg", "grey.png", "one-bit.png", "fax.tiff", "grey-alpha.png"])
    func `grey pictures become grey RGB`(name: String) throws {
        let picture = try decode(name)
        #expect(picture.bytes.count == 48 * 32 * 3)
        for x in stride(from: 0, to: 48, by: 5) {
            let pixel = picture[x, 8]
            #expect(pixel.red == pixel.green && pixel.green == pixel.blue)
        }
    }

    @Test(arguments: ["alpha.png", "palette-alpha.png", "rgba16.png", "alpha.webp"])
    func `what is transparent becomes white`(name: String) throws {
        #expect(Quadrants(try decode(name)).names == ["red", "white", "blue", "white"])
    }

    @Test func `transparent grey becomes white`() throws {
        let picture = try decode("grey-alpha.png")
        #expect(picture[36, 8] == (255, 255, 255))
        #expect(picture[12, 8].red < 120)
    }

    // Expected by LittleCMS through Pillow; see Fixtures/make.py.
    @Test(arguments: ["wide.png", "wide.jpg"])
    func `an embedded profile is applied`(name: String) throws {
        let pixel = try decode(name)[16, 16]
        #expect(abs(Int(pixel.red) - 216) <= 3)
        #expect(abs(Int(pixel.green) - 93) <= 3)
        #expect(abs(Int(pixel.blue) - 43) <= 4)
    }

    @Test func `a large JPEG shrunk while loading looks like one shrunk in full`() throws {
        let large = photo(width: 800, height: 600)
        let jpeg = try ImageCodec.encode(large, as: .jpeg, quality: 95)
        let png = try ImageCodec.encode(large, as: .png)
        let fast = try ImageCodec.decode(jpeg, fit: .contain(48))
        let full = try ImageCodec.decode(png, fit: .contain(48))
        #expect(fast.width == 48 && fast.height == 36)
        let worst = zip(fast.bytes, full.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= 4)
    }

    @Test func `the header is read without decoding`() throws {
        let header = try ImageCodec.probe(Fixture.bytes("orientation-6.jpg"))
        #expect(header.format == .jpeg && header.width == 48 && header.height == 32)
    }

    @Test func `many threads decode and encode at once`() async throws {
        let expected = photo(width: 120, height: 90)
        let png = try ImageCodec.encode(expected, as: .png)
        let broken = Array(png.prefix(png.count / 2))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<32 {
                group.addTask {
                    if index % 4 == 0 {
                        #expect(throws: ImagingError.damaged(.png)) {
                            try ImageCodec.decode(broken, fit: .contain(512))
                        }
                    } else {
                        let picture = try ImageCodec.decode(png, fit: .contain(512))
                        #expect(picture == expected)
                        #expect(try ImageCodec.encode(picture, as: .png) == png)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// libvips compiles a filter for each; two threads at once crashed after some hundreds of them (see `filter_code` in CVipsShim.c).
    @Test func `thousands of pictures are made smaller by threads at once`() async throws {
        let png = try ImageCodec.encode(photo(width: 120, height: 90), as: .png)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for turn in 0..<1_500 {
                        let width = 32 + (thread + turn) % 64, height = 16 + (7 * thread + 5 * turn) % 61
                        let picture = try ImageCodec.decode(png, fit: .exact(width: width, height: height))
                        #expect(picture.height == height)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
