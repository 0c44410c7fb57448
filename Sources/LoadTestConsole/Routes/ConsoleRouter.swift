import Foundation
import HTTPTypes
import Hummingbird
import LoadTesting
import NIOCore
import WebPages

/// All paths of the console.
struct ConsoleRouter: Sendable {
    let desk: ConsoleDesk
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
            history: { try ConsoleJSON.encode(await desk.course) }, state: { try ConsoleJSON.encode(await desk.state()) })
        let runFiles = RunFiles(desk: desk)
        router.get("/loadtest/profile") { _, _ in
            try ConsoleJSON.response(Profile(profile: configuration.profile, hasCharts: hasCharts))
        }
        router.get("/loadtest/state") { _, _ in try ConsoleJSON.response(await desk.state()) }
        router.get("/loadtest/events") { _, _ in
            guard let response = events.response() else { throw ConsoleProblem.tooMany }
            return response
        }
        router.get("/loadtest/runs") { _, _ in try ConsoleJSON.response(await desk.runs.map(RunRow.init)) }
        router.get("/loadtest/runs/:run/:file") { request, context in
            try await runFiles.response(
                run: context.parameters.get("run") ?? "", name: context.parameters.get("file") ?? "", path: request.uri.path)
        }
    }

    private func addChanging(to router: Router<BasicRequestContext>) {
        let profile = configuration.profile, isOpen = profile.isOpen
        router.post("/loadtest/start") { request, _ in
            let order: StartRequest = try await Self.body(of: request, isOpen: isOpen)
            let shape = try order.shape(profile)
            try await doing { () async throws(LoadTestError) in try await desk.start(shape) }
            return try ConsoleJSON.response(await desk.state())
        }
        router.post("/loadtest/load") { request, _ in
            let change: LoadChange = try await Self.body(of: request, isOpen: isOpen)
            let level = try change.level(isOpen: isOpen)
            try await doing { () async throws(LoadTestError) in try await desk.change(level, spawnRate: change.spawnRate) }
            return try ConsoleJSON.response(await desk.state())
        }
        router.post("/loadtest/stop") { _, _ in
            await desk.stop()
            return try ConsoleJSON.response(await desk.state())
        }
    }

    private func doing(_ work: () async throws(LoadTestError) -> Void) async throws(ConsoleProblem) {
        do throws(LoadTestError) { try await work() } catch { throw ConsoleProblem(error) }
    }

    private static func body<Order: Decodable>(of request: Request, isOpen: Bool) async throws -> Order {
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: longestBody) } catch is NIOTooManyBytesError {
            throw ConsoleProblem.tooLong
        }
        do {
            return try LoadTestSummary.decoder.decode(Order.self, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError {
            throw ConsoleProblem.unreadable(error, isOpen: isOpen)
        }
    }
}
