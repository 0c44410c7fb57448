import AsyncHTTPClient
import Foundation
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import Logging
import NIOCore
import NIOHTTP1
import Serving
import Testing

/// Starts a real server whose store has `limits` and whose service has `policy`, runs `body` with a client of it, and stops it.
func withJobs(
    _ handler: any JobHandler = RecordingHandler(), configuration: HTTPConfiguration = testConfiguration,
    limits: JobStoreLimits = JobStoreLimits(), policy: ServicePolicy = quickPolicy,
    _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    let service = jobService(handler, limits: limits, policy: policy)
    let ready = Readiness()
    ready.becomeReady()
    let server = try HTTPServer(configuration: configuration, service: service, readiness: ready, logger: quietLogger)
    try await withThrowingTaskGroup { group in
        group.addTask { try await service.run() }
        try await server.application.test(.live) { try await body($0) }
        group.cancelAll()
    }
}

func jobService(_ handler: any JobHandler, limits: JobStoreLimits, policy: ServicePolicy) -> JobService {
    JobService(
        handler: handler, scheduler: Scheduler(limits: .init(slots: 2)),
        store: MemoryJobStore(limits: limits), cache: ResultCache(limit: 0), policy: policy, metrics: ServiceMetrics(),
        logger: quietLogger)
}

var quietLogger: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}

/// One worker, which learns of cancelled jobs soon.
var quickPolicy: ServicePolicy {
    var policy = patientPolicy
    policy.leaseRenewalInterval = .milliseconds(20)
    return policy
}

extension TestClientProtocol {
    /// Submits a job and returns its ID.
    func submit(_ picture: String, query: String = "", headers: HTTPFields = [:]) async throws -> String {
        let response = try await post("/v1/jobs" + query, picture, headers: headers)
        #expect(response.status == .accepted)
        return try #require(try response.object["job"] as? String)
    }

    func delete(_ uri: String) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .delete, headers: [:], body: nil)
    }

    /// Follows a job. (Needs a client of its own, because the test client waits for complete bodies.)
    func events(of job: String, after seen: String? = nil) async throws -> EventReader {
        var request = HTTPClientRequest(url: "http://localhost:\(try #require(port))/v1/jobs/\(job)/events")
        if let seen { request.headers.add(name: "Last-Event-ID", value: seen) }
        return EventReader(try await HTTPClient.shared.execute(request, timeout: .seconds(60)))
    }

    /// Waits until the job has ended, and returns its final state.
    @discardableResult
    func end(of job: String) async throws -> String? {
        var events = try await events(of: job)
        var last: String?
        while let event = try await events.next() { last = event.name }
        return last
    }
}

/// One server-sent event as a client reads it.
struct ReceivedEvent: Sendable {
    var name = ""
    var id = ""
    var data = ""

    /// The data as a JSON object.
    var object: [String: Any] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]) }
    }
}

/// Reads an event stream as a browser does.
struct EventReader {
    let response: HTTPClientResponse
    private var parts: HTTPClientResponse.Body.AsyncIterator
    private var text = ""

    init(_ response: HTTPClientResponse) {
        self.response = response
        parts = response.body.makeAsyncIterator()
    }

    /// The next event, skipping comments and `retry`. Nil at the end of the stream.
    mutating func next() async throws -> ReceivedEvent? {
        while let block = try await nextBlock() {
            if let event = Self.event(in: block) { return event }
        }
        return nil
    }

    /// The lines up to the next empty one.
    mutating func nextBlock() async throws -> Substring? {
        while true {
            if let end = text.firstRange(of: "\n\n") {
                defer { text.removeSubrange(..<end.upperBound) }
                return text[..<end.lowerBound]
            }
            guard let part = try await parts.next() else { return nil }
            text += String(buffer: part)
        }
    }

    private static func event(in block: Substring) -> ReceivedEvent? {
        var event = ReceivedEvent()
        for line in block.split(separator: "\n") {
            if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
            if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
            if line.hasPrefix("data: ") { event.data = String(line.dropFirst(6)) }
        }
        return event.data.isEmpty ? nil : event
    }
}
