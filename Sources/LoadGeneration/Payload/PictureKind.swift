/// The formats of pictures by their first bytes, as far as a media type is to be named.
enum PictureKind: String {
    case jpeg, png, webp, gif, tiff, avif, heic
    case unknown = "octet-stream"

    init(of bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            self = .png
        } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else if bytes.starts(with: "GIF8".utf8) {
            self = .gif
        } else if bytes.starts(with: "II*\0".utf8) || bytes.starts(with: "MM\0*".utf8) {
            self = .tiff
        } else if bytes.dropFirst(4).starts(with: "ftypavif".utf8) {
            self = .avif
        } else if bytes.dropFirst(4).starts(with: "ftyp".utf8) {
            self = .heic
        } else {
            self = .unknown
        }
    }

    /// `image/jpeg` and the like.
    var mediaType: String { self == .unknown ? "application/octet-stream" : "image/\(rawValue)" }
    /// How a file of it is called.
    var fileName: String { self == .unknown ? "photo" : "photo.\(rawValue)" }
}
