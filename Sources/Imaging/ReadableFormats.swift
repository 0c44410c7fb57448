internal import CVipsShim
package import PictureFormats

extension PictureFormat {
    /// Whether this system's libvips can read the format (HEIC and AVIF are an optional part of it).
    /// - Precondition: ``ImageCodec/start()`` has returned.
    package var isReadable: Bool { sakuga_loader_exists(loader) != 0 }

    var loader: SakugaLoader {
        switch self {
        case .jpeg: SAKUGA_LOADER_JPEG
        case .png: SAKUGA_LOADER_PNG
        case .webp: SAKUGA_LOADER_WEBP
        case .heic, .avif: SAKUGA_LOADER_HEIF
        case .gif: SAKUGA_LOADER_GIF
        case .tiff: SAKUGA_LOADER_TIFF
        }
    }
}

/// What a file that is no readable picture seems to be, so that the refusal can say it.
enum UnreadableFile {
    /// A noun for what begins like `bytes` ("a ZIP archive"), or nil.
    static func name(of bytes: [UInt8]) -> String? {
        let signatures: [(prefix: [UInt8], noun: String)] = [
            (Array("PK".utf8), "a ZIP archive"),
            (Array("%PDF".utf8), "a PDF document"),
            ([0x1F, 0x8B], "a gzip archive"),
            (Array("BM".utf8), "a BMP picture"),
            ([0xFF, 0x0A], "a JPEG XL picture"),
            ([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL picture"),
            ([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], "a JPEG 2000 picture"),
            (Array("8BPS".utf8), "a Photoshop document"),
            ([0x7F, 0x45, 0x4C, 0x46], "a program"),
        ]
        if let known = signatures.first(where: { bytes.starts(with: $0.prefix) }) { return known.noun }
        if bytes.dropFirst(4).starts(with: Array("ftyp".utf8)) { return "a video or another ISO media file" }
        return textNoun(of: bytes.prefix(512))
    }

    private static func textNoun(of head: ArraySlice<UInt8>) -> String? {
        guard let text = String(validating: head, as: UTF8.self), !head.contains(0) else { return nil }
        let lower = text.lowercased()
        if lower.contains("<svg") { return "an SVG drawing" }
        if lower.contains("<html") || lower.contains("<!doctype") { return "a web page" }
        return "text"
    }
}
