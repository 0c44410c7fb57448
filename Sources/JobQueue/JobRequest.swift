/// One picture to be turned, as a client sent it: still encoded, with the wishes that came along.
package struct JobRequest: Sendable, Equatable {
    /// How the picture is brought to the size that the generator sees.
    package enum Fit: String, Sendable, Codable, CaseIterable {
        /// The whole picture, its longer side at `size`.
        case contain
        /// The centred square, `size` on each side.
        case cover
        /// Stretched to a square of `size`.
        case exact
    }

    /// The encoding of the answer.
    package enum Format: String, Sendable, Codable, CaseIterable {
        case jpeg
        case png
        case webp
    }

    /// The encoded picture (JPEG, PNG, WebP, …), not yet looked at.
    package var image: [UInt8]
    /// Name of the style; nil means the handler's default.
    package var style: String?
    /// Longer side in pixels that the generator sees; nil means the handler's default.
    package var size: Int?
    /// How the picture is brought to `size`.
    package var fit: Fit
    /// The encoding of the answer.
    package var format: Format
    /// Quality 1…100 of a lossy format; nil means the handler's default.
    package var quality: Int?

    /// Makes a request; everything but the picture has the defaults of the service.
    package init(
        image: [UInt8], style: String? = nil, size: Int? = nil,
        fit: Fit = .contain, format: Format = .jpeg, quality: Int? = nil
    ) {
        self.image = image
        self.style = style
        self.size = size
        self.fit = fit
        self.format = format
        self.quality = quality
    }
}
