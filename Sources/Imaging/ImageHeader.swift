package import PictureFormats

/// What a picture's header says; no pixel has been decoded for it.
package struct ImageHeader: Sendable, Equatable {
    /// The file's format.
    package let format: PictureFormat
    /// Pixels a row of the upright picture (EXIF orientation applied).
    package let width: Int
    /// Rows of the upright picture.
    package let height: Int
    /// Whether the stored picture lies on its side.
    let isTurned: Bool

    /// The most bytes that decoding takes beside the result. Baseline JPEG and PNG are decoded row by row and take far less, but
    /// whether a file is progressive or interlaced is not looked up here.
    package var decodingBytes: Int {
        let bytesPerPixel =
            switch format {
            case .jpeg: 3
            case .png, .webp, .gif, .tiff: 4
            // The decoder's planes, then its RGB.
            case .heic, .avif: 8
            }
        return width * height * bytesPerPixel
    }
}
