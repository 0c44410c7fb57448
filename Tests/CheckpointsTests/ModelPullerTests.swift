import AnimeGAN
import Foundation
import Checkpoints
import InstalledModels
import Synchronization
import Testing

@Suite struct ModelPullerTests {
    private let folder: TemporaryFolder
    private let store: ModelStore
    private let file: [UInt8]
    private let entry: Catalogue.Entry

    init() throws {
        folder = try TemporaryFolder()
        store = ModelStore(shippedFolder: nil, userFolder: "\(folder.path)/models")
        file = try Fixture.bytes("torch-half.pt")
        entry = Self.entry(Digests.gitBlobID(file))
    }

    private static func entry(_ id: String) -> Catalogue.Entry {
        Catalogue.Entry(
            name: "paprika", title: Bilingual(en: "Paprika", zh: "红辣椒"), description: Bilingual(en: "A look.", zh: "一种风格。"),
            url: "http://unused.invalid/paprika.pt", gitBlobID: id, convention: .alignCorners, licence: "MIT", trainedSize: nil)
    }

    /// A puller that does not sleep, and records how long it would have.
    private func puller(_ waits: Waits = Waits(), limit: Int = 64 << 20, environment: [String: String] = [:]) -> ModelPuller {
        var configuration = ModelPuller.Configuration(environment: environment)
        configuration.byteLimit = limit
        configuration.sleep = { waits.record($0) }
        return ModelPuller(store: store, configuration: configuration)
    }

    private final class Waits: Sendable {
        private let list = Mutex<[Duration]>([])
        var all: [Duration] { list.withLock { $0 } }
        func record(_ duration: Duration) { list.withLock { $0.append(duration) } }
    }

    private final class Retries: Sendable {
        private let list = Mutex<[String]>([])
        var lines: [String] { list.withLock { $0 } }
        func record(_ event: ModelPuller.Event) {
            if case .retry(let retry) = event { list.withLock { $0.append("\(retry)") } }
        }
    }

    private func failure(_ script: [ModelServer.Step], limit: Int = 64 << 20) async throws -> PullError {
        let puller = puller(limit: limit)
        let entry = entry
        return try await ModelServer(script).serve { url in
            try await #require(throws: PullError.self) { try await puller.pull(entry, from: url) }
        }
    }

    private func parts() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(store.userFolder)/.parts").sorted()) ?? []
    }

    @Test func `a model is downloaded, verified, converted and installed, and progress ends at the whole`() async throws {
        let last = Mutex<ModelPuller.Event?>(nil)
        let (puller, entry) = (puller(), entry)
        let model = try await ModelServer([.serve(file, etag: "\"a\"")]).serve { url in
            try await puller.pull(entry, from: url) { event in last.withLock { $0 = event } }
        }
        #expect(model.card.title.zh == "红辣椒" && model.card.licence == "MIT" && model.card.source.hasPrefix("http://127.0.0.1"))
        #expect(Fixture.equal(try store.load("paprika").weights))
        #expect(last.withLock { $0 } == .progress(.init(received: file.count, total: file.count, resumedFrom: 0)))
        #expect(!FileManager.default.fileExists(atPath: "\(store.userFolder)/.parts"))
    }

    @Test func `after a cut only the missing bytes are requested`() async throws {
        let server = ModelServer([.cut(file, after: 1_000_000, etag: "\"a\""), .serve(file, etag: "\"a\"")])
        let (waits, entry) = (Waits(), entry)
        let puller = puller(waits)
        let resumed = Mutex(0)
        _ = try await server.serve { url in
            try await puller.pull(entry, from: url) { event in
                if case .progress(let progress) = event { resumed.withLock { $0 = progress.resumedFrom } }
            }
        }
        let start = resumed.withLock { $0 }
        #expect(start > 0 && start <= 1_000_000)
        #expect(server.seen.map(\.range) == [nil, "bytes=\(start)-"])
        #expect(server.seen.map(\.ifRange) == [nil, "\"a\""])
        #expect(waits.all == [.seconds(1)])
        #expect(try store.verify().allSatisfy { $0.problem == nil })
    }

    @Test func `the part file of an earlier process is resumed`() async throws {
        let server = ModelServer([.cut(file, after: 500_000, etag: nil), .status(404), .serve(file, etag: nil)])
        let (puller, entry) = (puller(), entry)
        try await server.serve { url in
            _ = try await #require(throws: PullError.self) { try await puller.pull(entry, from: url) }
            _ = try await puller.pull(entry, from: url)
        }
        #expect(server.seen[2].range?.hasPrefix("bytes=") == true)
        #expect(try store.verify().allSatisfy { $0.problem == nil })
    }

    @Test func `a changed file, or a server without ranges, is downloaded from the start`() async throws {
        let other = [UInt8](repeating: 7, count: file.count)
        for second in [ModelServer.Step.serve(file, etag: "\"b\""), .ignoreRange(file)] {
            let (puller, entry) = (puller(), entry)
            _ = try await ModelServer([.cut(other, after: 300_000, etag: "\"a\""), second]).serve { url in
                try await puller.pull(entry, from: url)
            }
            try store.remove("paprika")
        }
    }

    @Test func `parts of different files are detected and downloaded again once`() async throws {
        let other = [UInt8](repeating: 7, count: file.count)
        let server = ModelServer([.cut(other, after: 300_000, etag: nil), .serve(file, etag: nil)])
        let (puller, entry) = (puller(), entry)
        _ = try await server.serve { url in try await puller.pull(entry, from: url) }
        #expect(server.seen.map { $0.range == nil } == [true, false, true])
    }

    @Test func `a part file that is longer than the file is discarded`() async throws {
        let longer = file + [UInt8](repeating: 0, count: 100)
        let server = ModelServer([.cut(longer, after: longer.count, etag: nil), .serve(file, etag: nil)])
        let (puller, entry) = (puller(), entry)
        _ = try await server.serve { url in try await puller.pull(entry, from: url) }
        #expect(try store.verify().allSatisfy { $0.problem == nil })
    }

    @Test func `corrupted bytes are rejected and leave no files`() async throws {
        var corrupted = file
        corrupted[2_000_000] ^= 1
        let error = try await failure([.serve(corrupted, etag: nil)])
        guard case .wrongFile("paprika", _, entry.gitBlobID, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(store.installed().isEmpty && parts() == [])
    }

    @Test func `a verified file that is not a checkpoint is not installed`() async throws {
        let bytes = try Fixture.bytes("malicious.pt")
        let (puller, entry) = (puller(), Self.entry(Digests.gitBlobID(bytes)))
        let error = try await ModelServer([.serve(bytes, etag: nil)]).serve { url in
            try await #require(throws: PullError.self) { try await puller.pull(entry, from: url) }
        }
        #expect(error == .store(.checkpoint(.refusedGlobal(name: "posix.system"))))
    }

    @Test func `a mirror's 404 is reported at once, with the published address and the manual way`() async throws {
        let error = try await failure([.status(404)])
        #expect(error.description.contains("404"))
        #expect(error.description.contains("The published file is at http://unused.invalid/paprika.pt: pull it without --from"))
        #expect(error.description.contains("sakuga models import FILE --name paprika"))
        #expect(error.description.ranges(of: "http://127.0.0.1").count == 1, "the failing address is named, not recommended")
    }

    @Test func `a failed pull leaves no empty part file, but keeps one with bytes`() async throws {
        _ = try await failure([.status(404)])
        #expect(!FileManager.default.fileExists(atPath: "\(store.userFolder)/.parts"))
        _ = try await failure([.cut(file, after: 500_000, etag: nil), .status(404)])
        #expect(parts() == ["paprika.part", "paprika.part.note"])
    }

    @Test func `server errors are retried with growing delays, and each retry is reported`() async throws {
        let server = ModelServer([.status(500), .status(503), .serve(file, etag: nil)])
        let (waits, entry) = (Waits(), entry)
        let puller = puller(waits)
        let retries = Retries()
        _ = try await server.serve { url in try await puller.pull(entry, from: url) { retries.record($0) } }
        #expect(waits.all == [.seconds(1), .seconds(2)])
        #expect(
            retries.lines == [
                "the server responded 500 Internal Server Error; retrying in 1 s",
                "the server responded 503 Service Unavailable; retrying in 2 s",
            ])
    }

    @Test func `the number of retries is limited`() async throws {
        let server = ModelServer([.status(500)])
        let (puller, entry) = (puller(), entry)
        let error = try await server.serve { url in
            try await #require(throws: PullError.self) { try await puller.pull(entry, from: url) }
        }
        #expect(server.seen.count == 5)
        #expect(error.description.contains("500"))
    }

    @Test func `without a network the message says so and what to do`() async throws {
        let waits = Waits()
        let puller = puller(waits)
        let retries = Retries()
        // Port 1 of this machine has no listener, so the connection is refused at once.
        let error = try await #require(throws: PullError.self) {
            try await puller.pull(entry, from: "http://127.0.0.1:1/x.pt") { retries.record($0) }
        }
        guard case .unreachable = error else {
            Issue.record("\(error)")
            return
        }
        #expect(waits.all.count == 4)
        #expect(
            retries.lines
                == [1, 2, 4, 8].map { "no connection (the server refused the connection); retrying in \($0) s" })
        #expect(error.description.contains("sakuga models import FILE --name paprika"))
        #expect(parts() == [])
    }

    @Test func `unresolvable names and refused connections are reported in plain words`() async throws {
        var configuration = ModelPuller.Configuration(environment: [:])
        configuration.retryDelays = []
        let (store, entry) = (store, entry)
        // A label of more than 63 letters is invalid, so no resolver asks the network.
        let name = "\(String(repeating: "a", count: 64)).invalid"
        for (host, words) in [
            (name, "no connection (the name \(name) cannot be resolved)"),
            ("localhost:1", "no connection (localhost:1 refused the connection)"),
        ] {
            let puller = ModelPuller(store: store, configuration: configuration)
            let error = try await #require(throws: PullError.self) { try await puller.pull(entry, from: "http://\(host)/x.pt") }
            #expect(error == .unreachable(entry, url: "http://\(host)/x.pt", reason: words))
        }
    }

    @Test func `the message for the published address does not recommend the pull that failed`() {
        let error = PullError.unreachable(entry, url: entry.url, reason: "no connection (it timed out)")
        #expect(
            error.description == "http://unused.invalid/paprika.pt could not be downloaded: no connection (it timed out). "
                + "If this machine cannot reach it, download the file on another one, copy the file to this machine and run "
                + "`sakuga models import FILE --name paprika`.")
    }

    @Test func `endless bodies and endless redirects are aborted`() async throws {
        guard case .tooLarge(_, 1_000_000) = try await failure([.endless], limit: 1_000_000) else {
            Issue.record("an endless body was accepted")
            return
        }
        #expect(try await failure([.serve(file, etag: nil)], limit: 1_000_000).description.contains("limit of 1000000 bytes"))
        #expect(try await failure([.redirect("/model.pt")]).description.contains("redirects"))
    }

    @Test func `a redirect to the file is followed`() async throws {
        let server = ModelServer([.redirect("/raw/model.pt"), .serve(file, etag: nil)])
        let (puller, entry) = (puller(), entry)
        _ = try await server.serve { url in try await puller.pull(entry, from: url) }
        #expect(server.seen.map(\.path) == ["/model.pt", "/raw/model.pt"])
    }

    @Test func `requests use the proxy in the environment, except for hosts in no_proxy`() async throws {
        // Nothing listens at the address itself, so a response can only come through the proxy.
        let address = "http://127.0.0.1:1/model.pt"
        let (store, entry) = (store, entry)
        let connected = try await ConnectProxy.serve { port in
            var configuration = ModelPuller.Configuration(environment: ["http_proxy": "127.0.0.1:\(port)"])
            configuration.retryDelays = []
            let through = try await #require(throws: PullError.self) {
                try await ModelPuller(store: store, configuration: configuration).pull(entry, from: address)
            }
            #expect(through.description.contains("410"))
            configuration.environment["no_proxy"] = "example.com, 127.0.0.1"
            let direct = try await #require(throws: PullError.self) {
                try await ModelPuller(store: store, configuration: configuration).pull(entry, from: address)
            }
            guard case .unreachable = direct else {
                Issue.record("\(direct)")
                return
            }
        }
        #expect(connected == ["CONNECT 127.0.0.1:1 HTTP/1.1"])
    }

    @Test(arguments: ["ftp://host/x", "file:///etc/passwd", "http:///x", "nonsense", ""])
    func `an address that is not http is rejected`(url: String) async throws {
        let puller = puller()
        #expect(await #expect(throws: PullError.self) { try await puller.pull(entry, from: url) } == .badAddress(url))
    }

    @Test func `an invalid proxy is reported without its password`() async throws {
        let puller = puller(environment: ["http_proxy": "gopher://me:secret@proxy:70"])
        let error = try await #require(throws: PullError.self) { try await puller.pull(entry, from: "http://host/x") }
        #expect(error.description.contains("proxy:70") && !error.description.contains("secret"))
    }

    @Test func `an installed model is not downloaded again`() async throws {
        let server = ModelServer([.serve(file, etag: nil)])
        let (puller, entry) = (puller(), entry)
        try await server.serve { url in
            _ = try await puller.pull(entry, from: url)
            let error = try await #require(throws: PullError.self) { try await puller.pull(entry, from: url) }
            #expect(error == .store(.alreadyInstalled(name: "paprika")))
        }
        #expect(server.seen.count == 1)
    }
}
