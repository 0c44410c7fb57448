import Foundation

/// One photo to be stylized, as a client sent it: still encoded, with its parameters.
package struct JobRequest: Sendable, Equatable {
    /// How the photo is brought to the size that the generator sees.
    package enum Fit: String, Sendable, Codable, CaseIterable {
        /// The whole photo, its longer side at `size`.
        case contain
        /// The centred square, `size` on each side.
        case cover
        /// Stretched to a square of `size`.
        case exact
    }

    /// The encoding of the result.
    package enum Format: String, Sendable, Codable, CaseIterable {
        case jpeg
        case png
        case webp
    }

    /// The encoded photo (JPEG, PNG, WebP, …), not yet decoded.
    package var image: [UInt8]
    /// Name of the style; nil means the handler's default.
    package var style: String?
    /// Longer side in pixels that the generator sees; nil means the handler's default.
    package var size: Int?
    /// How the photo is brought to `size`.
    package var fit: Fit
    /// The encoding of the result.
    package var format: Format
    /// Quality 1…100 of a lossy format; nil means the handler's default.
    package var quality: Int?

    /// Makes a request; everything but the photo has the defaults of the service.
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

// The image is encoded as `Data`: an array of bytes would become a list of numbers. An empty one is left out, so that the parameters
// can be encoded alone.
extension JobRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case image, style, size, fit, format, quality
    }

    /// Decodes it.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        image = [UInt8](try container.decodeIfPresent(Data.self, forKey: .image) ?? Data())
        style = try container.decodeIfPresent(String.self, forKey: .style)
        size = try container.decodeIfPresent(Int.self, forKey: .size)
        fit = try container.decode(Fit.self, forKey: .fit)
        format = try container.decode(Format.self, forKey: .format)
        quality = try container.decodeIfPresent(Int.self, forKey: .quality)
    }

    /// Encodes it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !image.isEmpty { try container.encode(Data(image), forKey: .image) }
        try container.encodeIfPresent(style, forKey: .style)
        try container.encodeIfPresent(size, forKey: .size)
        try container.encode(fit, forKey: .fit)
        try container.encode(format, forKey: .format)
        try container.encodeIfPresent(quality, forKey: .quality)
    }
}
