internal import CVipsShim
import PictureFormats

/// The steps from an opened file to fitted pixels, in the order that touches the fewest pixels: shrink while decoding,
/// lay over white, cut, scale; then, on the small picture, colours and orientation.
struct Decoding {
    let header: ImageHeader
    let fit: Fit

    /// - Parameters:
    ///   - picture: whose header is ``header``.
    ///   - buffer: its bytes, to open it once more where the decoder shall shrink it.
    func pixels(
        of picture: consuming VipsPicture, in buffer: UnsafeBufferPointer<UInt8>
    ) throws(ImagingError) -> PixelBuffer {
        let size = fit.size(ofWidth: header.width, height: header.height), shrink = shrink(for: size)
        let opened = shrink == 1 ? picture : try step(VipsPicture(opening: buffer, as: header.format, shrink: shrink))
        // Samples that had to be converted first are sRGB then, whatever profile the file carries.
        let profileStands = opened.samples != SAKUGA_SAMPLES_OTHER
        let prepared = try prepare(opened)
        let scaled = try scale(prepared, to: header.isTurned ? (size.height, size.width) : size)
        // From here on the picture lies in memory: turning needs its pixels in any order.
        let computed = try step(scaled.computed())
        let coloured = try colour(computed, profileStands: profileStands)
        let upright = try step(coloured.upright())
        return try step(upright.pixels(width: size.width, height: size.height))
    }

    /// JPEG's decoder can leave out 1/2, 3/4 or 7/8 of each side at almost no cost. At least twice the final size is
    /// left to the resampling filter, so that the result looks the same.
    private func shrink(for size: (width: Int, height: Int)) -> Int {
        guard header.format == .jpeg else { return 1 }
        let source = fit.source(ofWidth: header.width, height: header.height)
        return [8, 4, 2].first { source.width >= 2 * $0 * size.width && source.height >= 2 * $0 * size.height } ?? 1
    }

    /// A picture without alpha whose samples can be scaled.
    private func prepare(_ opened: consuming VipsPicture) throws(ImagingError) -> VipsPicture {
        let usual = opened.samples == SAKUGA_SAMPLES_OTHER ? try convert(opened) : opened
        guard usual.hasAlpha else { return usual }

        let isDeep = usual.samples == SAKUGA_SAMPLES_RGB16 || usual.samples == SAKUGA_SAMPLES_GREY16
        let opaque: Double = isDeep ? 65535 : 255
        // No ink is white, the most light is white.
        let white = usual.samples == SAKUGA_SAMPLES_CMYK8 ? 0 : opaque
        return try step(usual.flattened(background: white, opaque: opaque))
    }

    /// Cuts and scales to `size`, both as the file stores the picture, not yet upright.
    private func scale(
        _ picture: consuming VipsPicture, to size: (width: Int, height: Int)
    ) throws(ImagingError) -> VipsPicture {
        let part = fit.source(ofWidth: picture.width, height: picture.height)
        var scaled = picture
        if part.width != scaled.width || part.height != scaled.height {
            scaled = try step(
                scaled.cropped(left: part.left, top: part.top, width: part.width, height: part.height))
        }
        if scaled.width != size.width || scaled.height != size.height {
            scaled = try step(scaled.resized(width: size.width, height: size.height))
        }
        return scaled
    }

    /// To three bytes of sRGB a pixel: by the embedded profile, or without one (or with a broken one) by the samples'
    /// usual meaning.
    private func colour(
        _ picture: consuming VipsPicture, profileStands: Bool
    ) throws(ImagingError) -> VipsPicture {
        if profileStands, picture.hasProfile, let converted = picture.convertedByProfile(), converted.bands == 3 {
            return converted
        }
        if picture.samples == SAKUGA_SAMPLES_RGB8 {
            return picture.bands == 3 ? picture : try step(picture.firstBands(3))
        }
        let converted = try convert(picture)
        return converted.bands == 3 ? converted : try step(converted.firstBands(3))
    }

    private func convert(_ picture: borrowing VipsPicture) throws(ImagingError) -> VipsPicture {
        guard let converted = picture.convertedToSRGB(), converted.samples == SAKUGA_SAMPLES_RGB8 else {
            throw .unsupported(header.format, reason: "its kind of pixels is not known")
        }
        return converted
    }

    private func step<Result: ~Copyable>(_ result: consuming Result?) throws(ImagingError) -> Result {
        guard let result else { throw .damaged(header.format) }
        return result
    }
}
