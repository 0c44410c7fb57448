import Foundation
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import Serving
import Synchronization
import Testing

/// API keys and rate limits.
@Suite(.timeLimit(.minutes(5))) struct AccessTests {
    private static let user = "sakuga_user", operatorsKey = "sakuga_operator"

    private static var guarded: HTTPConfiguration {
        var configuration = testConfiguration
        configuration.keys = APIKeyRing(keys: [
            APIKey(name: "alice", scopes: [.predict], digest: APIKey.digest(of: user)),
            APIKey(name: "ops", scopes: [.admin], digest: APIKey.digest(of: operatorsKey)),
        ])
        return configuration
    }

    private static func bearer(_ key: String) -> HTTPFields { [.authorization: "Bearer \(key)"] }

    @Test func `without a key only the page and the health checks are available`() async throws {
        try await withService(configuration: Self.guarded) { client async throws in
            for path in ["/", "/app.js", "/style.css", "/icon.svg", "/health/live", "/health/ready", "//health//live/"] {
                #expect(try await client.get(path).status == .ok, "\(path)")
            }
            for path in ["/v1/styles", "/nothing", "/v1/stylize", "/health", "/metrics", "/health/%6cive"] {
                let reply = try await client.get(path)
                #expect(reply.status == .unauthorized, "\(path)")
                #expect(reply.headers[.wwwAuthenticate] == #"Bearer realm="sakuga""#)
                #expect(try reply.problem().contains("Authorization: Bearer"))
            }
            #expect(try await client.post("/", "x").status == .unauthorized)
            for gradio in [try await client.post("/api/predict/", #"{"data":["AQID"]}"#), try await client.get("/config")] {
                #expect(gradio.status == .unauthorized)
                #expect(try gradio.gradioError().contains("requires an API key"))
            }
        }
    }

    @Test func `a key is accepted in either header field`() async throws {
        try await withService(configuration: Self.guarded) { client async throws in
            let ways: [HTTPFields] = [
                Self.bearer(Self.user), [.authorization: "bearer  \(Self.user)"], [.init("X-API-Key")!: Self.user],
                [.init("X-API-Key")!: Self.user, .authorization: "Basic Zm9vOmJhcg=="],
            ]
            for headers in ways {
                #expect(try await client.post("/v1/stylize", "abc", headers: headers).text == "cba")
            }
        }
    }

    @Test func `a missing key, an unknown key and a missing scope are different errors`() async throws {
        try await withService(configuration: Self.guarded) { client async throws in
            for key in ["sakuga_use", "xyz", String(repeating: "k", count: 2_000)] {
                let reply = try await client.post("/v1/stylize", "abc", headers: Self.bearer(key))
                #expect(reply.status == .unauthorized)
                #expect(reply.headers[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
                #expect(!(try reply.problem()).contains(key))
            }
            let reply = try await client.post("/v1/stylize", "abc", headers: Self.bearer(Self.operatorsKey))
            #expect(reply.status == .forbidden)
            #expect(reply.headers[.wwwAuthenticate]?.contains(#"error="insufficient_scope", scope="predict""#) == true)
            #expect(try reply.problem().contains("'predict'"))
        }
    }

    @Test func `without a key file no key is required`() async throws {
        try await withService { client async throws in
            #expect(try await client.post("/v1/stylize", "abc", headers: Self.bearer("anything")).text == "cba")
        }
    }

    @Test func `a large body without a key is rejected before it is sent`() async throws {
        try await withService(configuration: Self.guarded) { client async throws in
            let port = try #require(client.port)
            let reply = try await RawConnection.open(port: port) { connection in
                try await connection.send("POST /v1/stylize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n")
                return try await connection.readToEnd()
            }
            #expect(reply.hasPrefix("HTTP/1.1 401 "))
        }
    }

    // Rate limits

    private final class ManualTime: Sendable {
        private let start = ContinuousClock.now
        private let passed = Mutex(Duration.zero)
        @Sendable func now() -> ContinuousClock.Instant { start.advanced(by: passed.withLock { $0 }) }
        func pass(_ time: Duration) { passed.withLock { $0 += time } }
    }

    private static func limited(_ rate: String, _ time: ManualTime, proxies: String = "") throws -> HTTPConfiguration {
        var configuration = guarded
        configuration.rateLimiter = RateLimiter(limit: try RateLimit(rate), now: time.now)
        configuration.trustedProxies = try TrustedProxies(list: proxies)
        return configuration
    }

    @Test func `beyond the rate limit the response is 429 with Retry-After`() async throws {
        let time = ManualTime()
        try await withService(configuration: try Self.limited("1/s,burst=2", time)) { client async throws in
            let headers = Self.bearer(Self.user)
            let first = try await client.post("/v1/stylize", "abc", headers: headers)
            #expect(first.status == .ok)
            #expect(first.headers[.init("RateLimit-Policy")!] == #""key";q=2;w=2"#)
            #expect(first.headers[.init("RateLimit")!] == #""key";r=1;t=1"#)
            // Rejected requests count, and their responses have the rate limit fields.
            let second = try await client.get("/nothing", headers: headers)
            #expect(second.status == .notFound)
            #expect(second.headers[.init("RateLimit")!] == #""key";r=0;t=2"#)
            let third = try await client.post("/v1/stylize", "abc", headers: headers)
            #expect(third.status == .tooManyRequests)
            #expect(third.headers[.retryAfter] == "1")
            #expect(third.headers[.init("RateLimit")!] == #""key";r=0;t=2"#)
            #expect(try third.problem().contains("again in 1 second."))
            time.pass(.seconds(1))
            #expect(try await client.post("/v1/stylize", "abc", headers: headers).status == .ok)
        }
    }

    @Test func `the page and the health checks are not limited`() async throws {
        try await withService(configuration: try Self.limited("1/h", ManualTime())) { client async throws in
            for _ in 0..<3 {
                for path in ["/", "/health/live"] {
                    let reply = try await client.get(path)
                    #expect(reply.status == .ok)
                    #expect(reply.headers[.init("RateLimit")!] == nil)
                }
            }
        }
    }

    /// The requests between a job's submission and its result, with the response for an unknown job.
    private static let followUps: [(path: String, status: HTTPResponse.Status)] = [
        ("/config", .ok), ("/gradio_api/config", .ok), ("/info", .ok), ("/gradio_api/info/", .ok),
        ("/gradio_api/queue/data?session_hash=s", .ok), ("/queue/data?session_hash=s", .ok),
        ("/gradio_api/call/predict/e", .ok), ("/call/predict/e", .ok), ("/gradio_api/call/v2/predict/e", .ok),
        ("/gradio_api/file=%2Fsakuga%2Fa%2Fb.jpg", .forbidden), ("/file=/sakuga/a/b.jpg", .forbidden),
        ("/gradio_api/file/sakuga/a/b.jpg", .forbidden), ("/v1/jobs/a", .notFound), ("/v1/jobs/a/result", .notFound),
        ("//v1/jobs/a/events/", .notFound),
    ]

    @Test func `requests for accepted work are not limited, but require a key`() async throws {
        var configuration = try Self.limited("1/h", ManualTime())
        configuration.gradio.linger = .milliseconds(20)
        try await withService(configuration: configuration) { client async throws in
            let headers = Self.bearer(Self.user)
            #expect(try await client.post("/v1/stylize", "abc", headers: headers).status == .ok)
            #expect(try await client.post("/v1/stylize", "abc", headers: headers).status == .tooManyRequests)
            for (path, status) in Self.followUps {
                let reply = try await client.get(path, headers: headers)
                #expect(reply.status == status, "\(path)")
                #expect(reply.headers[.init("RateLimit")!] == nil, "\(path)")
            }
            // A stream lasts until it is closed; its head is enough.
            let heartbeat = try await client.executeRequest(uri: "/heartbeat/s", method: .head, headers: headers, body: nil)
            #expect(heartbeat.status == .ok)
            // The first request without a key gets 401, further ones of the address 429.
            for (index, (path, _)) in Self.followUps.enumerated() {
                let refused: [HTTPResponse.Status] = index == 0 ? [.unauthorized] : [.tooManyRequests, .serviceUnavailable]
                #expect(refused.contains(try await client.get(path).status), "\(path)")
            }
        }
    }

    @Test func `other requests for jobs are limited`() async throws {
        try await withService(configuration: try Self.limited("1/h", ManualTime())) { client async throws in
            let headers = Self.bearer(Self.user)
            #expect(try await client.post("/gradio_api/reset", "{}", headers: headers).status == .ok)
            for path in ["/v1/jobs/a/other", "/v1/styles", "/gradio_api/queue/status", "/gradio_api/files"] {
                #expect(try await client.get(path, headers: headers).status == .tooManyRequests, "\(path)")
            }
            let cancel = try await client.executeRequest(uri: "/v1/jobs/a", method: .delete, headers: headers, body: nil)
            #expect(cancel.status == .tooManyRequests)
        }
    }

    @Test func `where Gradio's client does not support 429 it gets 503`() async throws {
        try await withService(configuration: try Self.limited("1/min", ManualTime())) { client async throws in
            _ = try await client.get("/v1/styles", headers: Self.bearer(Self.user))
            for path in ["/gradio_api/queue/join", "/queue/join/"] {
                let reply = try await client.post(path, "{}", headers: Self.bearer(Self.user))
                #expect(reply.status == .serviceUnavailable)
                #expect(reply.headers[.retryAfter] == "60")
            }
        }
    }

    @Test func `each key has a bucket, and requests without a valid key share that of their address`() async throws {
        try await withService(configuration: try Self.limited("1/h", ManualTime())) { client async throws in
            #expect(try await client.get("/v1/styles", headers: Self.bearer("guess")).status == .unauthorized)
            #expect(try await client.get("/v1/styles", headers: Self.bearer("another")).status == .tooManyRequests)
            #expect(try await client.get("/v1/styles").status == .tooManyRequests)
            #expect(try await client.get("/v1/styles", headers: Self.bearer(Self.user)).status == .ok)
            #expect(try await client.get("/v1/styles", headers: Self.bearer(Self.operatorsKey)).status == .forbidden)
        }
    }

    @Test(arguments: [("127.0.0.1,::1", true), ("", false)])
    func `behind a trusted proxy each client has a bucket, behind another they share one`(
        proxies: String, areApart: Bool
    ) async throws {
        var configuration = try Self.limited("1/h", ManualTime(), proxies: proxies)
        configuration.keys = nil
        try await withService(configuration: configuration) { client async throws in
            let name = try #require(HTTPField.Name("X-Forwarded-For"))
            #expect(try await client.get("/v1/styles", headers: [name: "203.0.113.1"]).status == .ok)
            let other = try await client.get("/v1/styles", headers: [name: "203.0.113.2"])
            #expect(other.status == (areApart ? .ok : .tooManyRequests))
            #expect(try await client.get("/v1/styles", headers: [name: "203.0.113.1"]).status == .tooManyRequests)
        }
    }

    @Test func `internal errors reveal no details`() async throws {
        let failures = [JobError(.internal, "Broken."), JobError(.overloaded, "Full."), JobError(.cancelled, "Gone.")]
        for failure in failures {
            try await withService(RecordingHandler(failure: failure)) { client async throws in
                let replies = [
                    try await client.post("/v1/stylize", "abc"), try await client.post("/api/predict/", #"{"data":["AQID"]}"#),
                    try await client.get("/../../etc/passwd%00"), try await client.post("/v1/stylize?size=%ff%fe", "abc"),
                ]
                for reply in replies {
                    let all = "\(reply.headers)\n\(reply.text)"
                    for word in [
                        ".swift", "Error(", "/Sources", NSHomeDirectory(), FileManager.default.currentDirectoryPath, "0x0",
                    ] {
                        #expect(!all.contains(word), "\(word) in \(all)")
                    }
                    #expect(reply.status.code >= 400)
                }
            }
        }
    }
}
