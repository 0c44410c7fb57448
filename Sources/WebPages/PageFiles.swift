package import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// A web page and its files, read into memory once. Pages can share files and HTML parts.
package struct PageFiles: Sendable {
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

    private let files: [String: File]
    private let contentPolicy: String

    /// Reads a page's files from a target's resources.
    ///
    /// - Parameters:
    ///   - folder: The page's own files. `<!-- include NAME -->` in its HTML is replaced by the shared part NAME.
    ///   - bundle: The resources of the target that contains the folder.
    ///   - shared: The shared files that the page uses.
    ///   - more: Further files, by name.
    ///   - showsUploads: Whether the page displays `blob:` pictures, which the content security policy must allow.
    /// - Throws: ``PageError`` if a file is missing.
    package init(
        _ folder: String, in bundle: Bundle, sharing shared: SharedFiles, adding more: [String: Data] = [:],
        showsUploads: Bool = false
    ) throws(PageError) {
        let common = try Self.contents(of: "Pages", in: .module)
        var all = try Self.contents(of: folder, in: bundle)
        guard let page = all["index.html"] else { throw .missing("\(folder)/index.html") }
        all["index.html"] = try PageParts(common).filled(page)
        for name in shared.names {
            guard let data = common[name] else { throw .missing(name) }
            all[name] = data
        }
        all.merge(more) { _, added in added }
        files = all.reduce(into: [:]) { files, file in files[file.key] = Self.file(file.key, file.value) }
        contentPolicy = Self.contentPolicy(showsUploads: showsUploads)
    }

    /// The names of all files.
    package var names: [String] { files.keys.sorted() }

    /// The paths to serve: each file by its name, and the page itself at the root.
    package var paths: [(path: String, file: String)] {
        [("/", "index.html")] + names.filter { $0 != "index.html" }.map { ("/" + $0, $0) }
    }

    /// A file, or 304 if the client's copy is current; nil if there is no such file. Clients revalidate every time, so that page and
    /// scripts match after an update.
    package func response(_ name: String, to request: Request) -> Response? {
        guard let file = files[name] else { return nil }
        let headers: HTTPFields = [
            .contentType: file.mediaType, .cacheControl: "no-cache", .eTag: file.entityTag, .contentSecurityPolicy: contentPolicy,
        ]
        if request.headers[.ifNoneMatch]?.contains(file.entityTag) == true {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.body))
    }

    /// Adds a console's routes: `/console` is the page, `/console/NAME` its files, and `/` redirects there.
    package func addConsole(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in Response(status: .found, headers: [.location: "/console"]) }
        let paths = [("/console", "index.html")] + names.map { ("/console/\($0)", $0) }
        for (path, name) in paths {
            router.get(RouterPath(path)) { request, _ in
                guard let response = response(name, to: request) else { throw HTTPError(.notFound) }
                return response
            }
        }
    }

    private static func contents(of folder: String, in bundle: Bundle) throws(PageError) -> [String: Data] {
        guard let directory = bundle.url(forResource: folder, withExtension: nil),
            let urls = try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        else { throw .missing("the folder \(folder)") }
        var contents: [String: Data] = [:]
        for url in urls where mediaTypes[url.pathExtension] != nil {
            guard let data = try? Data(contentsOf: url) else { throw .missing("\(folder)/\(url.lastPathComponent)") }
            contents[url.lastPathComponent] = data
        }
        return contents
    }

    private static func file(_ name: String, _ data: Data) -> File {
        // FNV-1a, 64 bits: it only has to tell versions of one file apart.
        let hash = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let ending = name.split(separator: ".").last.map(String.init) ?? ""
        return File(
            body: ByteBuffer(bytes: data), mediaType: mediaTypes[ending] ?? "application/octet-stream",
            entityTag: "\"\(String(hash, radix: 16))\"")
    }

    /// Allows nothing from other origins and nothing inline.
    private static func contentPolicy(showsUploads: Bool) -> String {
        [
            "default-src 'none'", "script-src 'self'", "style-src 'self'",
            showsUploads ? "img-src 'self' blob: data:" : "img-src 'self' data:", "connect-src 'self'", "manifest-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }
}

/// The shared files that a page uses.
package enum SharedFiles: Sendable {
    /// Files of every page: theme, icon, languages, server-sent events.
    case page
    /// Those, and the files of consoles: layout, connection, number formats.
    case console

    /// The names of the files.
    package var names: [String] {
        let all = ["events.js", "icon.svg", "language.js", "theme.css"]
        switch self {
        case .page: return all
        case .console:
            return all + [
                "ask.js", "connection.js", "console.css", "console-strings.js", "elements.js", "figures.js", "tiles.js",
            ]
        }
    }
}

/// Shared HTML parts: `<!-- include NAME -->` stands for the part NAME.
struct PageParts {
    private let parts: [String: Data]

    init(_ parts: [String: Data]) { self.parts = parts }

    /// The page with its parts inserted. Parts are not searched for further parts.
    func filled(_ page: Data) throws(PageError) -> Data {
        let text = String(decoding: page, as: UTF8.self)
        var made = "", rest = text[...]
        while let opening = rest.firstRange(of: "<!-- include "), let closing = rest[opening.upperBound...].firstRange(of: " -->")
        {
            let name = String(rest[opening.upperBound..<closing.lowerBound])
            guard let part = parts[name] else { throw .missing(name) }
            made += rest[..<opening.lowerBound] + String(decoding: part, as: UTF8.self).drop { $0.isWhitespace }
            while made.last?.isNewline == true { made.removeLast() }
            rest = rest[closing.upperBound...]
        }
        return Data((made + rest).utf8)
    }
}

/// A page cannot be served.
package enum PageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A resource of the program is missing.
    case missing(String)

    package var description: String {
        switch self {
        case .missing(let name):
            "The page cannot be served: \(name) is missing. Reinstall Sakuga together with its resource folders."
        }
    }
}
