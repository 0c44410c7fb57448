internal import CVipsShim
import PictureFormats

/// One owned reference to a libvips pipeline; the steps below each begin a longer one. Nothing is computed before
/// ``computed()`` or ``pixels(width:height:)``.
struct VipsPicture: ~Copyable {
    private let image: OpaquePointer

    private init(owning image: OpaquePointer) { self.image = image }

    /// Nil stands for a refusal by libvips.
    private init?(_ image: OpaquePointer?) {
        guard let image else { return nil }
        self.init(owning: image)
    }

    deinit { sakuga_image_release(image) }

    /// Reads the header of `bytes`, which must outlive every picture made from this one.
    init?(opening bytes: UnsafeBufferPointer<UInt8>, as format: PictureFormat, shrink: Int = 1) {
        self.init(sakuga_image_open(format.loader, bytes.baseAddress, bytes.count, Int32(shrink)))
    }

    /// A picture over `rgb`, which must outlive every picture made from this one.
    init?(overRGB rgb: UnsafeBufferPointer<UInt8>, width: Int, height: Int) {
        self.init(sakuga_image_over_rgb(rgb.baseAddress, Int32(width), Int32(height)))
    }

    var width: Int { Int(sakuga_image_width(image)) }
    var height: Int { Int(sakuga_image_height(image)) }
    var bands: Int { Int(sakuga_image_bands(image)) }
    var hasAlpha: Bool { sakuga_image_has_alpha(image) != 0 }
    var hasProfile: Bool { sakuga_image_has_profile(image) != 0 }
    /// EXIF's code, 1 to 8; from 5 on, upright means lying on a side.
    var orientation: Int { Int(sakuga_image_orientation(image)) }
    var samples: SakugaSamples { sakuga_image_samples(image) }

    func flattened(background: Double, opaque: Double) -> VipsPicture? {
        VipsPicture(sakuga_image_flatten(image, background, opaque))
    }

    func cropped(left: Int, top: Int, width: Int, height: Int) -> VipsPicture? {
        VipsPicture(sakuga_image_crop(image, Int32(left), Int32(top), Int32(width), Int32(height)))
    }

    func resized(width: Int, height: Int) -> VipsPicture? {
        VipsPicture(
            sakuga_image_resize(image, Double(width) / Double(self.width), Double(height) / Double(self.height)))
    }

    func convertedByProfile() -> VipsPicture? { VipsPicture(sakuga_image_apply_profile(image)) }
    func convertedToSRGB() -> VipsPicture? { VipsPicture(sakuga_image_to_srgb(image)) }
    func firstBands(_ count: Int) -> VipsPicture? { VipsPicture(sakuga_image_first_bands(image, Int32(count))) }
    func upright() -> VipsPicture? { VipsPicture(sakuga_image_upright(image)) }
    func computed() -> VipsPicture? { VipsPicture(sakuga_image_compute(image)) }

    /// The pixels, when they are `width` × `height` of three bytes.
    func pixels(width: Int, height: Int) -> PixelBuffer? {
        let count = width * height * 3
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            failed = sakuga_image_copy_pixels(image, buffer.baseAddress, count) != 0
            initialized = failed ? 0 : count
        }
        return failed ? nil : PixelBuffer(width: width, height: height, bytes: bytes)
    }

    /// As a PNG file, without metadata.
    func png() -> [UInt8]? {
        var file = EncodedFile()
        let status = sakuga_encode_png(image, pngCompression, &file.start, &file.length)
        return file.bytes(status)
    }

    /// As a WebP file, without metadata; `quality` is 1 to 100.
    func webp(quality: Int) -> [UInt8]? {
        var file = EncodedFile()
        let status = sakuga_encode_webp(image, Int32(quality), &file.start, &file.length)
        return file.bytes(status).flatMap { WebPContainer.withoutMetadata($0) }
    }

    /// zlib's levels above this one cost several times the time and save a few per cent on such pictures.
    private var pngCompression: Int32 { 5 }
}

/// What an encoder of libvips hands out.
private struct EncodedFile {
    var start: UnsafeMutableRawPointer?
    var length = 0

    /// A copy of the bytes if the encoder's `status` says that there are any; frees the encoder's own.
    func bytes(_ status: Int32) -> [UInt8]? {
        guard status == 0, let start else { return nil }
        defer { sakuga_buffer_free(start) }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: length))
    }
}
