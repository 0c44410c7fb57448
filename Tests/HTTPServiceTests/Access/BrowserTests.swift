import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Serving
import Testing

/// Header fields for browsers: cross-origin resource sharing and security.
@Suite(.timeLimit(.minutes(5))) struct BrowserTests {
    private static func open(to origins: String...) throws -> HTTPConfiguration {
        var configuration = testConfiguration
        configuration.crossOrigin = try CrossOriginPolicy(origins)
        return configuration
    }

    private static func preflight(_ origin: String) -> HTTPFields {
        [.origin: origin, .accessControlRequestMethod: "POST", .accessControlRequestHeaders: "authorization"]
    }

    private static func options(_ client: any TestClientProtocol, _ headers: HTTPFields) async throws -> TestResponse {
        try await client.executeRequest(uri: "/v1/stylize", method: .options, headers: headers, body: nil)
    }

    @Test func `other origins are not allowed by default`() async throws {
        try await withService { client async throws in
            let reply = try await client.post("/v1/stylize", "abc", headers: [.origin: "https://a.example"])
            #expect(reply.status == .ok)
            #expect(reply.headers[.accessControlAllowOrigin] == nil)
            #expect(reply.headers[.vary] == nil)
            let asked = try await Self.options(client, Self.preflight("https://a.example"))
            #expect(asked.status == .methodNotAllowed)
            #expect(asked.headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test func `only listed origins may read responses`() async throws {
        try await withService(configuration: try Self.open(to: "https://a.example", "http://LOCALHOST:3000")) {
            client async throws in
            for origin in ["https://a.example", "http://localhost:3000"] {
                let reply = try await client.post("/v1/stylize", "abc", headers: [.origin: origin])
                #expect(reply.headers[.accessControlAllowOrigin] == origin)
                #expect(reply.headers[.accessControlExposeHeaders]?.contains("X-Request-Id") == true)
                #expect(reply.headers[.vary] == "Origin")
                let asked = try await Self.options(client, Self.preflight(origin))
                #expect(asked.status == .noContent)
                #expect(asked.headers[.accessControlAllowOrigin] == origin)
                #expect(asked.headers[.accessControlAllowMethods]?.contains("DELETE") == true)
                #expect(asked.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
                #expect(asked.headers[.accessControlMaxAge] == "7200")
                #expect(asked.headers[.accessControlAllowCredentials] == nil)
            }
            for origin in ["https://b.example", "http://a.example", "https://a.example.evil", "null"] {
                let reply = try await client.post("/v1/stylize", "abc", headers: [.origin: origin])
                #expect(reply.headers[.accessControlAllowOrigin] == nil)
                #expect(reply.headers[.vary] == "Origin")
                #expect(try await Self.options(client, Self.preflight(origin)).headers[.accessControlAllowOrigin] == nil)
            }
            #expect(try await client.post("/v1/stylize", "abc").headers[.vary] == "Origin")
        }
    }

    @Test func `a star allows every origin, also for errors`() async throws {
        var configuration = try Self.open(to: "*")
        configuration.keys = .init(keys: [])
        try await withService(configuration: configuration) { client async throws in
            let refused = try await client.post("/v1/stylize", "abc", headers: [.origin: "https://b.example"])
            #expect(refused.status == .unauthorized)
            #expect(refused.headers[.accessControlAllowOrigin] == "*")
            // Preflight requests have no key.
            #expect(try await Self.options(client, Self.preflight("https://b.example")).status == .noContent)
        }
    }

    @Test(arguments: [
        "a.example", "https://", "https://a.example/", "https://a.example/x", "ftp://a", "https://*.a.example", "", "null",
    ])
    func `an invalid origin is rejected`(text: String) {
        #expect(throws: CrossOriginPolicy.Problem.self) { try CrossOriginPolicy([text]) }
    }

    @Test func `every response has security headers`() async throws {
        try await withService { client async throws in
            for path in ["/", "/app.js", "/v1/styles", "/health/live", "/nothing", "/v1/stylize"] {
                let headers = try await client.get(path).headers
                #expect(headers[.init("X-Content-Type-Options")!] == "nosniff", "\(path)")
                #expect(headers[.init("Referrer-Policy")!] == "no-referrer", "\(path)")
                #expect(headers[.init("X-Frame-Options")!] == "DENY", "\(path)")
                #expect(headers[.init("Permissions-Policy")!]?.contains("camera=()") == true, "\(path)")
                #expect(headers[.init("Cross-Origin-Opener-Policy")!] == "same-origin", "\(path)")
                #expect(headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true, "\(path)")
                #expect(headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true, "\(path)")
                #expect(headers[.strictTransportSecurity] == nil, "\(path)")
            }
            #expect(try await client.get("/v1/styles").headers[.contentSecurityPolicy]?.contains("script-src") == false)
        }
    }
}
