/// A file format that pictures are written in.
public enum ImageFormat: String, CaseIterable, Sendable {
    case jpeg, png, webp

    /// The media type of the written bytes, for `Content-Type` and data URLs.
    public var mediaType: String { "image/\(rawValue)" }

    /// The usual file name extension, without a dot.
    public var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .png: "png"
        case .webp: "webp"
        }
    }

    /// The format that a file name extension (`jpg`, `JPEG`, `png`, …; without a dot) stands for, or nil.
    public init?(fileExtension: String) {
        switch fileExtension.lowercased() {
        case "jpg", "jpeg", "jpe": self = .jpeg
        case "png": self = .png
        case "webp": self = .webp
        default: return nil
        }
    }

    /// The longest side that the format's files can have, in pixels.
    var maximumSide: Int {
        switch self {
        case .jpeg: 65_500
        case .png: 1_000_000
        case .webp: 16_383
        }
    }
}
