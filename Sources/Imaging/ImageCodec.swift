internal import CVipsShim
import PictureFormats

/// Encoded bytes ⇄ pixels, by libvips (and libjpeg, which is below it).
///
/// Every call works by itself and blocks until it is done, decoding and JPEG's encoding on the caller's thread, other
/// encoding there and on one worker of libvips; any number of threads may call at once. Nothing is kept between calls.
package enum ImageCodec {
    private static let isStarted: Bool = sakuga_vips_start() == 0

    /// Starts libvips, once a process; the other calls do it too, a server does it before it is ready.
    /// - Throws: ``ImagingError/libraryUnavailable``.
    package static func start() throws(ImagingError) {
        guard isStarted else { throw .libraryUnavailable }
    }

    /// Names of the formats that this system reads, for people.
    package static var readableFormats: [String] {
        isStarted ? PictureFormat.allCases.filter(\.isReadable).map(\.rawValue) : []
    }

    /// Checks `bytes` against `limits` and reads the header, decoding nothing.
    package static func probe(
        _ bytes: [UInt8], limits: ImageLimits = ImageLimits()
    ) throws(ImagingError) -> ImageHeader {
        let format = try sniff(bytes, limits)
        return try bytes.withUnsafeBufferPointer { (buffer) throws(ImagingError) -> ImageHeader in
            try header(of: open(buffer, as: format), format, limits)
        }
    }

    /// The picture in `bytes`, upright, in sRGB over white, fitted.
    /// - Throws: ``ImagingError``; data that end early are an error, never a half-grey picture.
    package static func decode(
        _ bytes: [UInt8], fit: Fit, limits: ImageLimits = ImageLimits()
    ) throws(ImagingError) -> PixelBuffer {
        try fit.check(limits)
        let format = try sniff(bytes, limits)
        return try bytes.withUnsafeBufferPointer { (buffer) throws(ImagingError) -> PixelBuffer in
            let picture = try open(buffer, as: format)
            let decoding = Decoding(header: try header(of: picture, format, limits), fit: fit)
            return try decoding.pixels(of: picture, in: buffer)
        }
    }

    /// The picture as a file of `format` without any metadata; `quality` (1 to 100) is for JPEG and WebP.
    package static func encode(
        _ picture: PixelBuffer, as format: ImageFormat, quality: Int = 90
    ) throws(ImagingError) -> [UInt8] {
        try start()
        let tooLarge = ImagingError.cannotEncode(format, width: picture.width, height: picture.height)
        guard max(picture.width, picture.height) <= format.maximumSide else { throw tooLarge }
        return try picture.bytes.withUnsafeBufferPointer { (buffer) throws(ImagingError) -> [UInt8] in
            let encoded = encode(
                buffer, width: picture.width, height: picture.height, as: format, quality: min(100, max(1, quality)))
            guard let encoded else { throw tooLarge }
            return encoded
        }
    }

    private static func encode(
        _ rgb: UnsafeBufferPointer<UInt8>, width: Int, height: Int, as format: ImageFormat, quality: Int
    ) -> [UInt8]? {
        switch format {
        case .jpeg: JPEGEncoding.encode(rgb, width: width, height: height, quality: quality)
        case .png: VipsPicture(overRGB: rgb, width: width, height: height)?.png()
        case .webp: VipsPicture(overRGB: rgb, width: width, height: height)?.webp(quality: quality)
        }
    }

    private static func open(
        _ buffer: UnsafeBufferPointer<UInt8>, as format: PictureFormat
    ) throws(ImagingError) -> VipsPicture {
        guard let picture = VipsPicture(opening: buffer, as: format) else { throw .damaged(format) }
        return picture
    }

    private static func header(
        of picture: borrowing VipsPicture, _ format: PictureFormat, _ limits: ImageLimits
    ) throws(ImagingError) -> ImageHeader {
        let (width, height) = (picture.width, picture.height)
        guard width <= limits.maximumPixels / max(1, height) else {
            throw .tooManyPixels(width: width, height: height, limit: limits.maximumPixels)
        }
        guard max(width, height) <= ImageLimits.longestEncodedSide else {
            throw .tooLongSide(width: width, height: height, limit: ImageLimits.longestEncodedSide)
        }
        // Five bands are CMYK with alpha.  TIFF allows 65,535, and with them a row of any number of bytes.
        guard picture.bands <= 5 else {
            throw .unsupported(format, reason: "it has \(picture.bands) channels")
        }
        let isTurned = picture.orientation >= 5
        return ImageHeader(
            format: format, width: isTurned ? height : width, height: isTurned ? width : height, isTurned: isTurned)
    }

    private static func sniff(_ bytes: [UInt8], _ limits: ImageLimits) throws(ImagingError) -> PictureFormat {
        try start()
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= limits.maximumBytes else {
            throw .tooManyBytes(bytes.count, limit: limits.maximumBytes)
        }
        guard let format = PictureFormat(sniffing: bytes) else {
            throw .unknownFormat(found: UnreadableFile.name(of: bytes), readable: readableFormats)
        }
        guard format.isReadable else {
            throw .unsupported(format, reason: "this system's libvips was built without that format")
        }
        if format == .tiff {
            guard let directory = TIFFDirectory(bytes) else { throw .damaged(format) }
            guard directory.tilePixels <= limits.maximumPixels else {
                throw .unsupported(format, reason: "its tiles are too large")
            }
        }
        return format
    }
}
