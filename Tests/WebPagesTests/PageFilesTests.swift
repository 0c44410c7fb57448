import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import WebPages

/// Pages, shared files and shared parts.
@Suite(.timeLimit(.minutes(5))) struct PageFilesTests {
    /// A bundle with a page in a folder of its own.
    private func bundle(_ page: String?, _ files: [String: String] = [:]) throws -> Bundle {
        let place = FileManager.default.temporaryDirectory.appending(path: "sakuga-pages-\(UUID().uuidString)")
        let folder = place.appending(path: "Own")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let page { try Data(page.utf8).write(to: folder.appending(path: "index.html")) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return try #require(Bundle(path: place.path))
    }

    private func withConsole(_ pages: PageFiles, _ body: @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let router = Router(context: BasicRequestContext.self)
        pages.addConsole(to: router)
        try await Application(router: router).test(.router) { try await body($0) }
    }

    @Test func `a console's page has the shared parts and files`() async throws {
        let own = try bundle("<head><!-- include head.html --></head><!-- include console-bar.html -->!", ["board.css": "own"])
        defer { try? FileManager.default.removeItem(atPath: own.bundlePath) }
        let pages = try PageFiles("Own", in: own, sharing: .console, adding: ["chart.js": Data("drawn".utf8)])
        #expect(Set(SharedFiles.console.names + ["board.css", "chart.js", "index.html"]) == Set(pages.names))
        try await withConsole(pages) { client in
            let page = try await client.execute(uri: "/console", method: .get)
            let text = String(buffer: page.body)
            #expect(text.hasPrefix("<head><meta charset") && text.hasSuffix("</header>!"))
            #expect(!text.contains("include"))
            #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            let root = try await client.execute(uri: "/", method: .get)
            #expect(root.status == .found && root.headers[.location] == "/console")
            let style = try await client.execute(uri: "/console/board.css", method: .get)
            #expect(String(buffer: style.body) == "own" && style.headers[.contentType] == "text/css; charset=utf-8")
            let tag = try #require(style.headers[.eTag])
            let again = try await client.execute(uri: "/console/board.css", method: .get, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified && again.body.readableBytes == 0)
            #expect(try await client.execute(uri: "/console/head.html", method: .get).status == .notFound)
        }
    }

    @Test func `an error names the missing file`() throws {
        let empty = try bundle(nil), broken = try bundle("<!-- include nothing.html -->")
        defer { for place in [empty, broken] { try? FileManager.default.removeItem(atPath: place.bundlePath) } }
        #expect(throws: PageError.missing("Own/index.html")) { try PageFiles("Own", in: empty, sharing: .page) }
        #expect(throws: PageError.missing("the folder Other")) { try PageFiles("Other", in: empty, sharing: .page) }
        #expect(throws: PageError.missing("nothing.html")) { try PageFiles("Own", in: broken, sharing: .page) }
    }

    @Test func `other pages do not get the consoles' files`() throws {
        let own = try bundle("<p>")
        defer { try? FileManager.default.removeItem(atPath: own.bundlePath) }
        let pages = try PageFiles("Own", in: own, sharing: .page)
        #expect(pages.names == ["events.js", "icon.svg", "index.html", "language.js", "theme.css"])
        #expect(pages.paths.first?.path == "/" && pages.paths.contains { $0 == ("/theme.css", "theme.css") })
    }
}
