import Imaging
import Testing

@Suite struct `Fitting pictures` {
    private func size(_ width: Int, _ height: Int, _ fit: Fit) throws -> [Int] {
        let encoded = try ImageCodec.encode(photo(width: width, height: height), as: .png)
        let fitted = try ImageCodec.decode(encoded, fit: fit)
        return [fitted.width, fitted.height]
    }

    @Test(arguments: [
        (640, 480, 512, [512, 384]), (480, 640, 512, [384, 512]), (513, 511, 512, [512, 510]),
        (200, 100, 512, [200, 100]), (512, 512, 512, [512, 512]), (97, 131, 64, [47, 64]),
    ])
    func `contain brings the longer side to the size and enlarges nothing`(
        width: Int, height: Int, side: Int, expected: [Int]
    ) throws {
        #expect(try size(width, height, .contain(side)) == expected)
    }

    @Test(arguments: [
        (10_000, 3, [512, 16]), (3, 10_000, [16, 512]), (1, 1, [16, 16]), (8, 100, [16, 100]), (1000, 20, [512, 16]),
    ])
    func `a side below 16 pixels is raised to 16 alone`(width: Int, height: Int, expected: [Int]) throws {
        #expect(try size(width, height, .contain(512)) == expected)
    }

    @Test(arguments: [(640, 480), (480, 640), (31, 77), (1, 1), (1000, 3)])
    func `cover gives the square of the size`(width: Int, height: Int) throws {
        #expect(try size(width, height, .cover(128)) == [128, 128])
    }

    @Test(arguments: [(640, 480), (31, 77), (5, 2000)])
    func `exact stretches`(width: Int, height: Int) throws {
        #expect(try size(width, height, .exact(width: 97, height: 131)) == [97, 131])
    }

    @Test func `cover takes the centre`() throws {
        // 96×32: a third red, a third green, a third blue; the centre is green.
        var bytes: [UInt8] = []
        for _ in 0..<32 {
            for x in 0..<96 { bytes += [x < 32 ? 255 : 0, (32..<64).contains(x) ? 255 : 0, x >= 64 ? 255 : 0] }
        }
        let encoded = try ImageCodec.encode(PixelBuffer(width: 96, height: 32, bytes: bytes), as: .png)
        let picture = try ImageCodec.decode(encoded, fit: .cover(32))
        #expect(picture.bytes == Array(repeating: [0, 255, 0], count: 32 * 32).flatMap { $0 })
    }

    @Test func `cover of a turned photo takes the centre of the upright one`() throws {
        let picture = try ImageCodec.decode(Fixture.bytes("orientation-6.jpg"), fit: .cover(32))
        #expect(Quadrants(picture).names == ["red", "green", "blue", "yellow"])
    }

    @Test(arguments: [0, -1, 15, 1_000_000, .max, .min])
    func `a size out of range is refused`(side: Int) throws {
        let encoded = try ImageCodec.encode(photo(width: 32, height: 32), as: .png)
        for fit in [Fit.contain(side), .cover(side), .exact(width: 64, height: side)] {
            #expect(throws: ImagingError.badSize(side, minimum: 16, maximum: 4096)) {
                try ImageCodec.decode(encoded, fit: fit)
            }
        }
    }
}
