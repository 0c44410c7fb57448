/// A format of encoded pictures, told by a file's first bytes. A file's name and the media type its sender gives are never consulted.
public enum PictureFormat: String, CaseIterable, Hashable, Sendable {
    case jpeg = "JPEG"
    case png = "PNG"
    case webp = "WebP"
    /// HEIF with HEVC inside, and HEIF whose brands leave the codec open.
    case heic = "HEIC"
    case avif = "AVIF"
    case gif = "GIF"
    case tiff = "TIFF"

    /// The media type of bytes in no format of this list.
    package static let unknownMediaType = "application/octet-stream"

    /// The format that files beginning with `bytes` have, or nil. The first 64 bytes are enough.
    package init?(sniffing bytes: some Collection<UInt8>) {
        func begins(_ prefix: some Sequence<UInt8>, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: prefix) }

        if begins([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if begins("RIFF".utf8) && begins("WEBP".utf8, at: 8) {
            self = .webp
        } else if begins("GIF87a".utf8) || begins("GIF89a".utf8) {
            self = .gif
        } else if Self.tiffSignatures.contains(where: { begins($0) }) {
            self = .tiff
        } else if begins("ftyp".utf8, at: 4), let format = Self.isoMediaFormat(bytes) {
            self = format
        } else {
            return nil
        }
    }

    /// The format with this media type, or nil.
    package init?(mediaType: String) {
        guard let format = Self.allCases.first(where: { $0.mediaType == mediaType }) else { return nil }
        self = format
    }

    /// The name for people, as in "The HEIC data are damaged".
    package var name: String { rawValue }

    /// The registered media type, such as `image/jpeg`.
    package var mediaType: String { "image/\(rawValue.lowercased())" }

    /// File name extensions that such files usually have, the most common first: lower case, without a dot.
    package var fileExtensions: [String] {
        switch self {
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .png: ["png"]
        case .webp: ["webp"]
        case .heic: ["heic", "heif"]
        case .avif: ["avif"]
        case .gif: ["gif"]
        case .tiff: ["tif", "tiff"]
        }
    }

    /// The most common file name extension, without a dot.
    package var fileExtension: String { fileExtensions[0] }

    /// Byte order mark and version: classic TIFF and BigTIFF, little and big endian.
    private static let tiffSignatures: [[UInt8]] = [
        [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A], [0x49, 0x49, 0x2B, 0], [0x4D, 0x4D, 0, 0x2B],
    ]

    /// Major brands of ISO media files that hold still pictures in HEVC, or in a codec that only the compatible brands tell.
    private static let heifBrands = ["heic", "heix", "heim", "heis", "mif1"]

    /// The format of a still picture in an ISO media file; nil for videos and the like.
    private static func isoMediaFormat(_ bytes: some Collection<UInt8>) -> PictureFormat? {
        func brand(at offset: Int) -> String { String(decoding: bytes.dropFirst(offset).prefix(4), as: UTF8.self) }

        let major = brand(at: 8)
        if major == "avif" { return .avif }
        guard heifBrands.contains(major) else { return nil }
        // The box's size, then "ftyp", the major brand, its version, and the compatible brands.
        let boxSize = min(64, bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) })
        let isAVIF = major == "mif1" && stride(from: 16, to: boxSize, by: 4).contains { brand(at: $0) == "avif" }
        return isAVIF ? .avif : .heic
    }
}
