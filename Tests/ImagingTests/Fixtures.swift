import Foundation
import Imaging
import Testing

/// The pictures of `Fixtures/`, made by `Fixtures/make.py`.
enum Fixture {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        return [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }
}

/// The four plain quadrants of the fixtures, told by the pixel in the middle of each.
struct Quadrants {
    static let colours: [(name: String, rgb: [Int])] = [
        ("red", [220, 30, 30]), ("green", [30, 200, 40]), ("blue", [30, 40, 210]), ("yellow", [230, 220, 30]),
        ("white", [255, 255, 255]), ("black", [0, 0, 0]),
    ]

    /// Names of the nearest colours at the top left, top right, bottom left and bottom right.
    let names: [String]
    /// The largest distance of a channel from that colour.
    let error: Int

    init(_ picture: PixelBuffer) {
        var names: [String] = []
        var error = 0
        for (x, y) in [(1, 1), (3, 1), (1, 3), (3, 3)] {
            let pixel = picture[picture.width * x / 4, picture.height * y / 4]
            let rgb = [Int(pixel.red), Int(pixel.green), Int(pixel.blue)]
            func distance(_ other: [Int]) -> Int { zip(rgb, other).map { abs($0 - $1) }.max() ?? 0 }
            let nearest = Self.colours.map { ($0.name, distance($0.rgb)) }.min { $0.1 < $1.1 } ?? ("", 255)
            names.append(nearest.0)
            error = max(error, nearest.1)
        }
        self.names = names
        self.error = error
    }
}

/// A seeded generator (SplitMix64), so that a failing test fails again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Smooth colours with some noise: compresses like a photo.
func photo(width: Int, height: Int, seed: UInt64 = 1) -> PixelBuffer {
    var generator = SeededGenerator(state: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * height * 3)
    for y in 0..<height {
        for x in 0..<width {
            let noise = Int.random(in: 0..<16, using: &generator)
            bytes.append(UInt8(x * 200 / width + noise))
            bytes.append(UInt8(y * 200 / height + noise))
            bytes.append(UInt8((x + y) * 200 / (width + height) + noise))
        }
    }
    return PixelBuffer(width: width, height: height, bytes: bytes)
}

extension [UInt8] {
    func contains(text: String) -> Bool {
        let needle = Array(text.utf8)
        guard count >= needle.count else { return false }
        return (0...(count - needle.count)).contains { self[$0..<($0 + needle.count)].elementsEqual(needle) }
    }
}
