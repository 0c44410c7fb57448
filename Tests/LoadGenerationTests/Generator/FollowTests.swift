import LoadGeneration
import LoadTestFixtures
import Testing

@Suite struct FollowTests {
    private typealias Server = ScriptedServer
    private static let acceptance = #"{"status":"queued","links":{"status":"/v1/jobs/7","result":"/v1/jobs/7/result"}}"#

    private func run(
        follow: Bool = true, expected: PictureExpectation = .any, decode: (@Sendable ([UInt8]) -> PictureSize?)? = nil,
        until: (GeneratorWindow) -> Bool = { $0.counts.sum.ended >= 1 }, _ script: @escaping ScriptedServer.Script
    ) async throws -> (GeneratorRun, [ScriptedServer.Request]) {
        let server = try await Server(script)
        var request = ServiceRequest(api: .jobs, pictures: [[0xFF, 0xD8, 0xFF, 1]])
        request.headers = [("X-API-Key", "secret")]
        request.decode = decode
        request.expected = [expected]
        var settings = try settings(port: server.port, [request.template()], model: .closed(.constant(60)))
        if follow {
            settings.follow = FollowSettings()
            settings.follow?.interval = .milliseconds(1)
        }
        var run = try await GeneratorRun(settings)
        run.generator.setUsers(1)
        try await run.wait(until: until)
        await run.stop()
        try await server.stop()
        return (run, server.requests)
    }

    @Test func `a queued response is an outcome of its own`() async throws {
        let (run, _) = try await run(follow: false) { _ in [.send(Server.response(Self.acceptance, status: "202 Accepted"))] }
        #expect(run.all.queued == 1 && run.all.failed == 0 && run.all.succeeded == 0)
    }

    @Test func `a queued job is followed to its picture with the request's own key`() async throws {
        let (run, requests) = try await run(
            expected: .longerSide(256), decode: { $0 == Array("picture".utf8) ? PictureSize(width: 256, height: 100) : nil }
        ) { request in
            switch (request.path, request.place) {
            case ("/v1/jobs", _): [.send(Server.response(Self.acceptance, status: "202 Accepted"))]
            case ("/v1/jobs/7/result", _): [.send(Server.response("picture"))]
            case (_, 1): [.send(Server.response(#"{"status":"queued"}"#))]
            case (_, 2): [.send(Server.response(#"{"status":"running"}"#))]
            default: [.send(Server.response(#"{"status":"done"}"#))]
            }
        }
        #expect(run.all.succeeded == 1 && run.all.failed == 0 && run.seen.followed == 1 && run.seen.polls == 3)
        #expect(run.seen.picturesDecoded == 1)
        #expect(requests.map(\.path) == ["/v1/jobs", "/v1/jobs/7", "/v1/jobs/7", "/v1/jobs/7", "/v1/jobs/7/result"])
        #expect(requests.allSatisfy { $0.field("X-API-Key") == "secret" })
        #expect(Set(requests.map { $0.field("X-Request-Id") }).count == 1)
    }

    @Test func `Location leads to the job where the answer has no links`() async throws {
        let (run, requests) = try await run { request in
            switch request.path {
            case "/v1/jobs": [.send(Server.response("", status: "202 Accepted", fields: "Location: /v1/jobs/9\r\n"))]
            case "/v1/jobs/9": [.send(Server.response(#"{"status":"done"}"#))]
            default: [.send(Server.response("picture"))]
            }
        }
        #expect(run.all.succeeded == 1 && requests.last?.path == "/v1/jobs/9/result")
    }

    @Test func `a job that fails is a failure with its state`() async throws {
        let (run, _) = try await run { request in
            request.path == "/v1/jobs"
                ? [.send(Server.response(Self.acceptance, status: "202 Accepted"))]
                : [.send(Server.response(#"{"status":"expired"}"#))]
        }
        let failure = try run.onlyFailure()
        #expect(failure.cause == "job failed" && failure.sample.contains("\"expired\""))
    }

    @Test(arguments: ["http://192.0.2.1/v1/jobs/7", "//192.0.2.1/x", "/a b", "/x\r\nHost: y"])
    func `a link to elsewhere is not followed`(_ link: String) async throws {
        let json = #"{"links":{"status":"\#(link.replacing("\r\n", with: "\\r\\n"))"}}"#
        let (run, requests) = try await run { _ in [.send(Server.response(json, status: "202 Accepted"))] }
        #expect(try run.onlyFailure().cause == "no link to follow" && requests.count == 1)
    }
}
