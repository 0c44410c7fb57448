/// What a file is by its first bytes, as far as browsers may show it. The name and the type that came along count for nothing: a page
/// that somebody uploads must not be shown as a page of ours.
enum PictureKind {
    static let unknown = "application/octet-stream"

    static func mediaType(of bytes: [UInt8]) -> String {
        let head = bytes.prefix(12)
        if head.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if head.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        if head.starts(with: Array("RIFF".utf8)), head.dropFirst(8).starts(with: Array("WEBP".utf8)) { return "image/webp" }
        return unknown
    }

    /// `image.jpg` and the like, for a picture that we made.
    static func fileName(_ mediaType: String) -> String {
        switch mediaType {
        case "image/png": "image.png"
        case "image/webp": "image.webp"
        default: "image.jpg"
        }
    }
}
