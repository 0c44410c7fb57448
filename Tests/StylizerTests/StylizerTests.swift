import AnimeGAN
import Imaging
import PictureFormats
import Stylizer
import Testing

@Suite struct `Stylizing photos` {
    private let pool = ComputePool(threads: 2)

    private func stylizer(limits: ImageLimits = ImageLimits()) throws -> Stylizer {
        Stylizer(generator: try Self.generator.get(), pool: pool, limits: limits)
    }

    /// A generator with seeded numbers: what it paints is noise, but it is the real one.
    private static let generator = Result {
        var state: UInt32 = 12345
        var tensors: [String: Tensor] = [:]
        for parameter in Architecture.parameters {
            let values = (0..<parameter.count).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(state >> 8) / Float(1 << 24) - 0.5
            }
            tensors[parameter.name] = Tensor(shape: parameter.shape, values: values)
        }
        return try Generator(weights: try Weights(tensors), convention: .alignCorners)
    }

    private func photo(width: Int, height: Int) throws -> [UInt8] {
        let bytes = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 / 7) }
        return try ImageCodec.encode(PixelBuffer(width: width, height: height, bytes: bytes), as: .png)
    }

    @Test(arguments: ImageFormat.allCases)
    func `a photo becomes a picture of its size in the asked format`(format: ImageFormat) async throws {
        let options = StylizeOptions(fit: .contain(64), format: format)
        let result = try await stylizer().stylize(photo(width: 80, height: 40), options: options)
        #expect(result.format == format && result.width == 64 && result.height == 32)
        let header = try ImageCodec.probe(result.bytes)
        #expect(header.width == 64 && header.height == 32)
    }

    @Test func `every stage is timed`() async throws {
        let timings = try await stylizer().stylize(photo(width: 32, height: 32)).timings
        #expect(timings.decode > 0 && timings.infer > 0 && timings.encode > 0)
        #expect(timings.total == timings.decode + timings.infer + timings.encode)
    }

    @Test func `a comparison has the photo at the left`() async throws {
        let encoded = try photo(width: 48, height: 32)
        let options = StylizeOptions(format: .png, compare: true)
        let result = try await stylizer().stylize(encoded, options: options)
        #expect(result.width == 96 && result.height == 32)
        let both = try ImageCodec.decode(result.bytes, fit: .contain(512))
        let before = try ImageCodec.decode(encoded, fit: .contain(512))
        for (x, y) in [(0, 0), (47, 0), (20, 13), (47, 31)] { #expect(both[x, y] == before[x, y]) }
        #expect((0..<48).contains { both[$0 + 48, 16] != before[$0, 16] })
    }

    @Test func `a thin photo comes out at the smallest size`() async throws {
        let options = StylizeOptions(fit: .contain(64))
        let result = try await stylizer().stylize(photo(width: 640, height: 3), options: options)
        #expect(result.width == 64 && result.height == 16)
    }

    @Test func `a bad photo is the imaging error`() async throws {
        let stylizer = try stylizer(limits: ImageLimits(maximumPixels: 100))
        await #expect(throws: ImagingError.empty) { try await stylizer.stylize([]) }
        await #expect(throws: ImagingError.tooManyPixels(width: 20, height: 20, limit: 100)) {
            try await stylizer.stylize(photo(width: 20, height: 20))
        }
    }

    @Test func `a cancelled job ends as cancelled`() async throws {
        let stylizer = try stylizer()
        let encoded = try photo(width: 32, height: 32)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await stylizer.stylize(encoded)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `many jobs at once give what one gives`() async throws {
        let stylizer = try stylizer()
        let encoded = try photo(width: 32, height: 24)
        let options = StylizeOptions(format: .png, threads: 1)
        let alone = try await stylizer.stylize(encoded, options: options).bytes
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 { group.addTask { try await stylizer.stylize(encoded, options: options).bytes } }
            for try await bytes in group { #expect(bytes == alone) }
        }
    }

    @Test func `a file becomes a file and nothing else is left`() async throws {
        let folder = try TemporaryFolder()
        let input = try folder.add("in.png", photo(width: 32, height: 24))
        let result = try await stylizer().stylize(fileAt: input, to: "\(folder.path)/out.jpg")
        #expect(try folder.names() == ["in.png", "out.jpg"])
        #expect(try folder.bytes("out.jpg") == result.bytes)
    }

    @Test func `a failed file leaves the old output as it was`() async throws {
        let folder = try TemporaryFolder()
        let input = try folder.add("in.png", Array(photo(width: 32, height: 24).prefix(100)))
        try folder.add("out.jpg", [7])
        let stylizer = try stylizer()
        await #expect(throws: ImagingError.damaged(.png)) {
            try await stylizer.stylize(fileAt: input, to: "\(folder.path)/out.jpg")
        }
        #expect(try folder.names() == ["in.png", "out.jpg"])
        #expect(try folder.bytes("out.jpg") == [7])
    }

    @Test func `files that cannot be read or written say so`() async throws {
        let folder = try TemporaryFolder()
        let stylizer = try stylizer()
        let good = try folder.add("in.png", photo(width: 32, height: 24))
        await #expect(throws: PictureFileError.unreadable(reason: "No such file or directory")) {
            try await stylizer.stylize(fileAt: "\(folder.path)/missing.png", to: "\(folder.path)/out.jpg")
        }
        await #expect(throws: PictureFileError.notAFile) {
            try await stylizer.stylize(fileAt: folder.path, to: "\(folder.path)/out.jpg")
        }
        await #expect(throws: PictureFileError.self) {
            try await stylizer.stylize(fileAt: good, to: "\(folder.path)/missing/out.jpg")
        }
        let small = try self.stylizer(limits: ImageLimits(maximumBytes: 50))
        await #expect(throws: ImagingError.tooManyBytes(51, limit: 50)) {
            try await small.stylize(fileAt: good, to: "\(folder.path)/out.jpg")
        }
    }
}
