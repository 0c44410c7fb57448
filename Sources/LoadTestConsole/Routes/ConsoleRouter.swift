import BlockingThreads
import Foundation
import HTTPTypes
import Hummingbird
import LoadTestReports
import LoadTesting
import NIOCore
import WebPages

/// All paths of the console.
struct ConsoleRouter: Sendable {
    let runs: ConsoleRuns
    let configuration: ConsoleConfiguration
    let pages: PageFiles
    let hasCharts: Bool
    private static let longestBody = 16 << 10

    func make(access: ConsoleAccess) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ConsoleAccessMiddleware(access: access) { ConsoleReplies.response(for: $0, $1, $2) })
        pages.addConsole(to: router)
        addReading(to: router)
        addChanging(to: router)
        return router
    }

    private struct Profile: Encodable {
        var profile: ConsoleProfile
        var hasCharts: Bool
    }

    private func addReading(to router: Router<BasicRequestContext>) {
        let events = ConsoleStream(
            limit: configuration.eventStreamLimit, interval: configuration.interval,
            history: { try ConsoleJSON.encode(await runs.chartPoints) }, state: { try ConsoleJSON.encode(await runs.state()) })
        let runFiles = RunFiles(runs: runs)
        router.get("/loadtest/profile") { _, _ in
            try ConsoleJSON.response(Profile(profile: configuration.profile, hasCharts: hasCharts))
        }
        router.get("/loadtest/state") { _, _ in try ConsoleJSON.response(await runs.state()) }
        router.get("/loadtest/events") { _, _ in
            guard let response = events.response() else { throw ConsoleProblem.tooMany }
            return response
        }
        router.get("/loadtest/runs") { _, _ in try ConsoleJSON.response(await runs.summaries.map(RunRow.init)) }
        router.get("/loadtest/runs/:run/:file") { request, context in
            try await runFiles.response(
                run: context.parameters.get("run") ?? "", name: context.parameters.get("file") ?? "", path: request.uri.path)
        }
    }

    private func addChanging(to router: Router<BasicRequestContext>) {
        let profile = configuration.profile, isOpen = profile.isOpen
        router.post("/loadtest/start") { request, _ in
            let start: StartRequest = try await Self.body(of: request, isOpen: isOpen)
            let shape = try start.shape(profile)
            try await doing { () async throws(LoadTestError) in try await runs.start(shape) }
            return try ConsoleJSON.response(await runs.state())
        }
        router.post("/loadtest/load") { request, _ in
            let change: LoadChange = try await Self.body(of: request, isOpen: isOpen)
            let level = try change.level(isOpen: isOpen)
            try await doing { () async throws(LoadTestError) in try await runs.change(level, spawnRate: change.spawnRate) }
            return try ConsoleJSON.response(await runs.state())
        }
        router.post("/loadtest/stop") { _, _ in
            await runs.stop()
            return try ConsoleJSON.response(await runs.state())
        }
    }

    private func doing(_ work: () async throws(LoadTestError) -> Void) async throws(ConsoleProblem) {
        do throws(LoadTestError) { try await work() } catch { throw ConsoleProblem(error) }
    }

    private static func body<Body: Decodable>(of request: Request, isOpen: Bool) async throws -> Body {
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: longestBody) } catch is NIOTooManyBytesError {
            throw ConsoleProblem.tooLong
        }
        do {
            return try LoadTestSummary.decoder.decode(Body.self, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError {
            throw ConsoleProblem.unreadable(error, isOpen: isOpen)
        }
    }
}

/// `GET /loadtest/runs/{id}/{file}`: a file of a run's report, made on demand, as a download.
struct RunFiles: Sendable {
    let runs: ConsoleRuns
    private static let mediaTypes = [
        "html": "text/html; charset=utf-8", "json": "application/json", "csv": "text/csv; charset=utf-8",
        "xml": "application/xml",
        "hlog": "text/plain; charset=utf-8",
    ]

    func response(run id: String, name: String, path: String) async throws -> Response {
        guard LoadReport.fileNames.contains(name) else { throw ConsoleProblem.unknown(path) }
        guard let summary = await runs.summary(of: id) else { throw ConsoleProblem.noRun }
        // Making a page takes a moment of computing, which doesn't belong on the threads that serve.
        let data = try await BlockingThreadPool.shared.run { try LoadReport(summary).file(name) }
        guard let data else { throw ConsoleProblem.unknown(path) }
        let kind = name.split(separator: ".").last.map(String.init) ?? ""
        let headers: HTTPFields = [
            .contentType: Self.mediaTypes[kind] ?? "application/octet-stream", .cacheControl: "no-store",
            // Always saved, never opened here: a report has scripts of its own, and this origin is the console's.
            .contentDisposition: "attachment; filename=\"\(Self.fileName(summary.id, name))\"",
            .contentSecurityPolicy: "sandbox; default-src 'none'",
        ]
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    private static func fileName(_ id: String, _ name: String) -> String {
        String(id.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(60)) + "-" + name
    }
}

/// The console's JSON: the names and times of `summary.json`, on one line.
enum ConsoleJSON {
    static func encode(_ document: some Encodable) throws -> Data {
        let encoder = LoadTestSummary.encoder
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }

    static func response(_ document: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encode(document))))
    }
}
