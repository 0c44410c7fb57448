import Foundation
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import Logging
import NIOCore
import Serving
import Testing

/// Configuration of a server under test: any free port, short waits.
var testConfiguration: HTTPConfiguration {
    var configuration = HTTPConfiguration()
    configuration.port = 0
    configuration.lingerTimeout = .milliseconds(200)
    configuration.startWait = .milliseconds(1)
    return configuration
}

/// One worker and a long maximum wait, so that slow jobs do not cause later ones to be queued.
var patientPolicy: ServicePolicy {
    var policy = ServicePolicy(workerName: "test")
    policy.maximumWait = .seconds(600)
    return policy
}

/// Starts a real server, runs `body` with a client of it, and stops it.
func withService(
    _ handler: any JobHandler = RecordingHandler(), configuration: HTTPConfiguration = testConfiguration,
    readiness: Readiness? = nil, _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let ready = Readiness()
    ready.becomeReady()
    let service = jobService(handler, logger)
    let server = try HTTPServer(
        configuration: configuration, service: service, readiness: readiness ?? ready, logger: logger)
    try await withThrowingTaskGroup { group in
        group.addTask { try await service.run() }
        try await server.application.test(.live) { try await body($0) }
        group.cancelAll()
    }
}

/// The service around a handler, with a store in memory and no cache.
func jobService(_ handler: any JobHandler, _ logger: Logger) -> JobService {
    JobService(
        handler: handler, scheduler: Scheduler(limits: .init(slots: 2)),
        store: MemoryJobStore(limits: JobStoreLimits()), cache: ResultCache(limit: 0), policy: patientPolicy,
        metrics: ServiceMetrics(), logger: logger)
}

extension TestClientProtocol {
    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .get, headers: headers, body: nil)
    }

    func post(_ uri: String, _ body: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body))
    }

    /// Checks that the server still serves a valid request.
    func expectStillServing() async throws {
        let response = try await post("/api/predict/", #"{"data":["data:image/jpeg;base64,AQID"]}"#)
        #expect(response.status == .ok)
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    /// The body as a JSON object.
    var object: [String: Any] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(body.readableBytesView))
            return try #require(value as? [String: Any])
        }
    }

    /// Checks that the body is a problem document that matches the status, and returns its message.
    func problem() throws -> String {
        #expect(headers[.contentType] == "application/problem+json")
        let object = try object
        #expect(object["status"] as? Int == status.code)
        #expect((object["title"] as? String)?.isEmpty == false)
        #expect(object["request_id"] as? String == headers[HTTPField.Name("X-Request-Id")!])
        return try #require(object["detail"] as? String)
    }

    /// Checks that the body is in the format of Gradio's clients, and returns its message.
    func gradioError() throws -> String {
        #expect(headers[.contentType] == "application/json")
        let object = try object
        if status == .unprocessableContent {
            let faults = try #require(object["detail"] as? [[String: Any]])
            #expect(faults.first?["msg"] is String)
            #expect(faults.first?["loc"] is [Any])
        } else {
            #expect(object["detail"] as? String == object["error"] as? String)
        }
        return try #require(object["error"] as? String)
    }
}
