import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LoadGeneration
import LoadTestConsole
import LoadTesting
import Logging
import NIOCore
import Testing

/// The header that programs send with what changes something.
let fromConsole: HTTPFields = [HTTPField.Name("X-Sakuga-Console")!: "1"]

/// A console on any free port that tells how things stand often.
func testConsole(isOpen: Bool = false) -> ConsoleConfiguration {
    let profile = ConsoleProfile(
        target: "http://127.0.0.1:7860", requests: [RequestLabel(method: "POST", name: "/api/predict/")], isOpen: isOpen,
        load: 20,
        wait: "1 to 3 s", shape: "20 users", objectives: ["p95=3s"], version: "1.2.3")
    var configuration = ConsoleConfiguration(profile: profile)
    configuration.port = 0
    configuration.interval = .milliseconds(20)
    return configuration
}

var quietLogger: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}

/// Starts a real console, runs `body` with a client of it, and stops it.
func withConsole(
    _ test: PlayedTest = PlayedTest(), _ configuration: ConsoleConfiguration = testConsole(),
    onRun: @escaping @Sendable (LoadTestSummary) async -> Void = { _ in },
    _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    let server = try ConsoleServer(configuration: configuration, control: test, logger: quietLogger, onRun: onRun)
    try await server.application.test(.live) { try await body($0) }
}

extension TestClientProtocol {
    func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: path, method: .get, headers: headers, body: nil)
    }

    func post(_ path: String, _ body: String = "{}", headers: HTTPFields = fromConsole) async throws -> TestResponse {
        try await executeRequest(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
    }

    /// The first state on the console's event stream for which `condition` holds; the suite's time limit ends waiting in vain.
    func state(where condition: ([String: Any]) -> Bool) async throws -> [String: Any] {
        var found: [String: Any]?
        try await readEvents { event in
            guard event.name == "state" else { return true }
            let state = try JSONSerialization.jsonObject(with: Data(event.data.utf8)) as? [String: Any] ?? [:]
            if condition(state) { found = state }
            return found == nil
        }
        return try #require(found, "the event stream ended")
    }
}

extension TestResponse {
    /// The body as a JSON object.
    var object: [String: Any] {
        get throws { try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any] ?? [:] }
    }

    var text: String { String(buffer: body) }
}

/// Whether a run is on.
func isRunning(_ state: [String: Any]) -> Bool { state["is_running"] as? Bool == true }

/// The phase of the last snapshot.
func phase(_ state: [String: Any]) -> String { (state["snapshot"] as? [String: Any])?["phase"] as? String ?? "" }

extension HTTPFields {
    static func + (fields: HTTPFields, more: HTTPFields) -> HTTPFields {
        var all = fields
        for field in more { all.append(field) }
        return all
    }
}

/// A server-sent event.
struct SentEvent: Sendable {
    var name: String
    var data: String
}

extension TestClientProtocol {
    /// The first events of the console's stream; a test client would wait for the stream's end.
    func firstEvents(_ count: Int) async throws -> [SentEvent] {
        var events: [SentEvent] = []
        try await readEvents { event in
            events.append(event)
            return events.count < count
        }
        return events
    }

    /// Reads the console's event stream for as long as `continues` returns true.
    private func readEvents(while continues: (SentEvent) throws -> Bool) async throws {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port ?? 0)/loadtest/events")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        var text = ""
        for try await part in response.body {
            text += String(buffer: part)
            while let end = text.firstRange(of: "\n\n") {
                let event = SentEvent(String(text[..<end.lowerBound]))
                text.removeSubrange(..<end.upperBound)
                if let event, try !continues(event) { return }
            }
        }
    }
}

extension SentEvent {
    fileprivate init?(_ block: String) {
        guard let name = block.firstMatch(of: /event: (\w+)/)?.1, let data = block.firstMatch(of: /data: (.*)/)?.1 else {
            return nil
        }
        self.init(name: String(name), data: String(data))
    }
}
