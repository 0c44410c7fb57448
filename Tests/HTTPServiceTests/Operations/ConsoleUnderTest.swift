import AsyncHTTPClient
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import NIOCore
import NIOHTTP1
import Serving
import Testing

/// A console on any free port that reads its figures often.
var testConsole: AdminConfiguration {
    var configuration = AdminConfiguration()
    configuration.port = 0
    configuration.interval = .milliseconds(20)
    return configuration
}

/// What a console shows, in the test's hands.
struct ConsoleParts: Sendable {
    let service: JobService
    let latency = RecentLatency()
    let errors = RecentErrors()

    init(_ handler: any JobHandler = RecordingHandler()) {
        service = jobService(handler, limits: JobStoreLimits(), policy: quickPolicy)
    }

    func server(_ configuration: AdminConfiguration = testConsole) throws -> AdminServer {
        try AdminServer(
            configuration: configuration, service: service, latency: latency, errors: errors,
            readProcess: { ProcessReading(cpuSeconds: 12.5, residentBytes: 104_000_000, openFiles: 23) },
            metricsText: { "sakuga_up 1\n" }, logger: quietLogger)
    }
}

/// Starts a real console beside its service, runs `body` with a client of it, and stops both.
func withConsole(
    _ parts: ConsoleParts = ConsoleParts(), _ configuration: AdminConfiguration = testConsole,
    _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    let server = try parts.server(configuration)
    try await withThrowingTaskGroup { group in
        group.addTask { try await parts.service.run() }
        try await server.application.test(.live) { try await body($0) }
        group.cancelAll()
    }
}

/// The header that programs send with what changes something.
let fromConsole: HTTPFields = [HTTPField.Name("X-Sakuga-Console")!: "1"]

extension TestClientProtocol {
    /// Follows the console's events from now on.
    func consoleEvents() async throws -> EventReader {
        let request = HTTPClientRequest(url: "http://localhost:\(try #require(port))/admin/events")
        return EventReader(try await HTTPClient.shared.execute(request, timeout: .seconds(60)))
    }

    /// The status line of the answer to a request that is written out by hand.
    func statusOf(_ lines: String...) async throws -> String {
        let request = (lines + ["Connection: close", "", ""]).joined(separator: "\r\n")
        let answer = try await RawConnection.open(port: try #require(port)) { connection in
            try await connection.send(request)
            return try await connection.readToEnd()
        }
        return String(answer.prefix { $0 != "\r\n" })
    }
}
