internal import CJPEGShim

/// Pixels as a baseline JPEG, by libjpeg itself: libvips would hand each strip to other threads, which takes longer than encoding
/// a small picture.
enum JPEGEncoding {
    /// The file, without metadata; `quality` is 1 to 100. Nil when the library refuses.
    static func encode(_ rgb: UnsafeBufferPointer<UInt8>, width: Int, height: Int, quality: Int) -> [UInt8]? {
        var bytes: UnsafeMutablePointer<UInt8>?
        var length = 0
        let status = sakuga_jpeg_encode(rgb.baseAddress, Int32(width), Int32(height), Int32(quality), &bytes, &length)
        guard status == 0, let bytes else { return nil }
        defer { sakuga_jpeg_free(bytes) }
        return [UInt8](UnsafeBufferPointer(start: bytes, count: length))
    }
}

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
