import Foundation
import HTTPTypes
import Hummingbird
import LoadTesting
import NIOCore

/// The page and its files, read once: they are few and small. Chart.js is among them where the system has it.
struct ConsoleFiles: Sendable {
    private struct File: Sendable {
        var body: ByteBuffer
        var mediaType: String
        var entityTag: String
    }

    static let chartScript = "chart.js"
    private static let mediaTypes = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    ]

    /// Nothing from elsewhere, nothing inline.
    private static let contentPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private let files: [String: File]

    init(chartScript: Data?) throws(ConsoleError) {
        var files: [String: File] = [:]
        guard let folder = Bundle.module.url(forResource: "ConsolePages", withExtension: nil),
            let urls = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        else { throw .pageMissing }
        for url in urls {
            guard let mediaType = Self.mediaTypes[url.pathExtension], let data = try? Data(contentsOf: url) else { continue }
            files[url.lastPathComponent] = Self.file(data, mediaType)
        }
        guard files["index.html"] != nil else { throw .pageMissing }
        if let chartScript { files[Self.chartScript] = Self.file(chartScript, "text/javascript; charset=utf-8") }
        self.files = files
    }

    /// A file; 304 without it when the client has it already. Clients ask each time, so that after an update page and script
    /// always belong together.
    func response(_ name: String, to request: Request) throws(ConsoleProblem) -> Response {
        guard let file = files[name] else { throw .unknown(request.uri.path) }
        let headers: HTTPFields = [
            .contentType: file.mediaType, .cacheControl: "no-cache", .eTag: file.entityTag,
            .contentSecurityPolicy: Self.contentPolicy,
        ]
        if request.headers[.ifNoneMatch]?.contains(file.entityTag) == true {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.body))
    }

    private static func file(_ data: Data, _ mediaType: String) -> File {
        // FNV-1a of 64 bits: tells versions of one file apart, and is not meant to withstand anybody.
        let hash = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return File(body: ByteBuffer(bytes: data), mediaType: mediaType, entityTag: "\"\(String(hash, radix: 16))\"")
    }
}
