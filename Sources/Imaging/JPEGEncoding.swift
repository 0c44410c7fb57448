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
