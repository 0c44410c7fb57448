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

/// A console on a free port with a short interval.
var testConsole: AdminConfiguration {
    var configuration = AdminConfiguration()
    configuration.port = 0
    configuration.interval = .milliseconds(20)
    return configuration
}

/// The state that a console shows, controlled by the test.
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

/// Starts a console and its service, runs `body` with a client of it, and stops both.
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

/// The field that programs send with requests that change something.
let fromConsole: HTTPFields = [HTTPField.Name("X-Sakuga-Console")!: "1"]

extension TestClientProtocol {
    /// Follows the console's events.
    func consoleEvents() async throws -> EventReader {
        let request = HTTPClientRequest(url: "http://localhost:\(try #require(port))/admin/events")
        return EventReader(try await HTTPClient.shared.execute(request, timeout: .seconds(60)))
    }

    /// The status line of the response to a raw request.
    func statusOf(_ lines: String...) async throws -> String {
        let request = (lines + ["Connection: close", "", ""]).joined(separator: "\r\n")
        let answer = try await RawConnection.open(port: try #require(port)) { connection in
            try await connection.send(request)
            return try await connection.readToEnd()
        }
        return String(answer.prefix { $0 != "\r\n" })
    }
}
