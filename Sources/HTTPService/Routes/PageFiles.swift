import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A page and its files, read once: they are few and small.
struct PageFiles: Sendable {
    private struct File: Sendable {
        var body: ByteBuffer
        var mediaType: String
        var entityTag: String
    }

    private static let mediaTypes = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml", "png": "image/png",
        "webmanifest": "application/manifest+json",
    ]

    /// Nothing from elsewhere, nothing inline; pictures may also come from the page's own memory.
    private static let contentPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
        "connect-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private let files: [String: File]

    /// Reads the files of a folder that the package carries; `names` are files of the folder `Pages` to have beside them.
    init(folder: String = "Pages", sharing names: Set<String> = []) throws {
        let shared = names.isEmpty ? [:] : try Self.files(in: "Pages").filter { names.contains($0.key) }
        files = try Self.files(in: folder).merging(shared) { own, _ in own }
    }

    private static func files(in folder: String) throws -> [String: File] {
        guard let folder = Bundle.module.url(forResource: folder, withExtension: nil) else {
            throw CocoaError(.fileNoSuchFile)
        }
        var files: [String: File] = [:]
        for url in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            guard let mediaType = Self.mediaTypes[url.pathExtension] else { continue }
            let data = try Data(contentsOf: url)
            files[url.lastPathComponent] = File(
                body: ByteBuffer(bytes: data), mediaType: mediaType, entityTag: Self.entityTag(of: data))
        }
        return files
    }

    /// The files' names.
    var names: [String] { files.keys.sorted() }

    /// The paths to serve: each file under its name, and the page itself at the root.
    var paths: [(path: String, file: String)] {
        [("/", "index.html")] + names.filter { $0 != "index.html" }.map { ("/" + $0, $0) }
    }

    /// A file; 304 without it when the client has it already. Clients ask each time, so that after an update
    /// page and script always belong together.
    func response(_ name: String, to request: Request) throws -> Response {
        guard let file = files[name] else { throw Refusal.unknownPath(request.uri.path) }
        let headers: HTTPFields = [
            .contentType: file.mediaType,
            .cacheControl: "no-cache",
            .eTag: file.entityTag,
            .contentSecurityPolicy: Self.contentPolicy,
        ]
        if request.headers[.ifNoneMatch]?.contains(file.entityTag) == true {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.body))
    }

    /// FNV-1a of 64 bits: tells versions of one file apart, and is not meant to withstand anybody.
    private static func entityTag(of data: Data) -> String {
        let hash = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return "\"\(String(hash, radix: 16))\""
    }
}
