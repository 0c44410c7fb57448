import Imaging

/// The built-in photo of a load test: a sky, hills and a sun, computed so that the program needs no file for it.
enum SamplePicture {
    static let width = 640
    static let height = 480

    /// The picture as a JPEG file of about 40 kB.
    static func jpeg() throws(ImagingError) -> [UInt8] {
        try ImageCodec.encode(pixels, as: .jpeg, quality: 90)
    }

    private static var pixels: PixelBuffer {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * 3)
        var noise: UInt32 = 2_463_534_242
        for y in 0..<height {
            for x in 0..<width {
                // Xorshift noise, like that of a sensor, makes the file as large as a photo's.
                noise ^= noise << 13
                noise ^= noise >> 17
                noise ^= noise << 5
                let grain = Int(noise >> 28) - 8
                for value in colour(x, y) { bytes.append(UInt8(clamping: value + grain)) }
            }
        }
        return PixelBuffer(width: width, height: height, bytes: bytes)
    }

    private static func colour(_ x: Int, _ y: Int) -> [Int] {
        let sun = (x - 470) * (x - 470) + (y - 120) * (y - 120)
        if sun < 45 * 45 { return [250, 226, 150] }
        for (index, hill) in [(base: 300, length: 160, rise: 60), (base: 370, length: 110, rise: 40)].enumerated() {
            // A triangle wave.
            let position = (x + index * 70) % (2 * hill.length)
            let top = hill.base - hill.rise + abs(position - hill.length) * hill.rise / hill.length
            if y > top { return index == 0 ? [86, 128 - (y - top) / 6, 96] : [52, 96 + (y - top) / 5, 62] }
        }
        return [110 + y / 4, 165 + y / 6, 235 - y / 12]
    }
}
