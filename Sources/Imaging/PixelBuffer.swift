/// A picture in memory: 8-bit sRGB, three bytes a pixel (red, green, blue), rows from the top without padding.
package struct PixelBuffer: Sendable, Equatable {
    /// Pixels a row.
    package let width: Int
    /// Rows.
    package let height: Int
    /// `width * height * 3` bytes.
    package private(set) var bytes: [UInt8]

    /// - Precondition: `bytes` holds exactly `width * height * 3` values and both sides are positive.
    package init(width: Int, height: Int, bytes: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(bytes.count == width * height * 3, "a picture's bytes must fill its width and height")
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    /// The red, green and blue of the pixel in column `x` of row `y`, both counted from 0 at the top left.
    package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        precondition((0..<width).contains(x) && (0..<height).contains(y), "the pixel lies outside the picture")
        let offset = (y * width + x) * 3
        return (bytes[offset], bytes[offset + 1], bytes[offset + 2])
    }

    /// This picture and `other` side by side, this one at the left.
    /// - Precondition: both have the same height.
    package func beside(_ other: PixelBuffer) -> PixelBuffer {
        precondition(height == other.height, "pictures side by side have one height")
        var joined: [UInt8] = []
        joined.reserveCapacity(bytes.count + other.bytes.count)
        for row in 0..<height {
            joined += bytes[row * width * 3..<(row + 1) * width * 3]
            joined += other.bytes[row * other.width * 3..<(row + 1) * other.width * 3]
        }
        return PixelBuffer(width: width + other.width, height: height, bytes: joined)
    }
}
