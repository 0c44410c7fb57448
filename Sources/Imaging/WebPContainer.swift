/// The RIFF container of a WebP file.
enum WebPContainer {
    /// The same picture in the format's simplest form: the one chunk of pixel data and nothing else.
    ///
    /// libvips 8.14 writes an EXIF chunk into every WebP file, even when told to strip; what leaves us has no metadata.
    /// - Returns: nil when `file` is no still WebP picture.
    static func withoutMetadata(_ file: [UInt8]) -> [UInt8]? {
        var offset = 12
        while offset + 8 <= file.count {
            let length = file[offset + 4..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            // Chunks begin at even offsets; the padding byte is not counted in the length.
            let end = offset + 8 + length + length % 2
            guard end <= file.count else { return nil }
            if pixelChunks.contains(Array(file[offset..<offset + 4])) {
                let chunk = file[offset..<end]
                return Array("RIFF".utf8) + littleEndian(4 + chunk.count) + Array("WEBP".utf8) + chunk
            }
            offset = end
        }
        return nil
    }

    private static let pixelChunks = [Array("VP8 ".utf8), Array("VP8L".utf8)]

    private static func littleEndian(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(value).littleEndian) { Array($0) }
    }
}
