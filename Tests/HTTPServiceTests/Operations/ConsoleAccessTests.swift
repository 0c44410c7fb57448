import HTTPService
import HTTPTypes
import HummingbirdTesting
import Serving
import Testing
import WebPages

/// Access to the console.
@Suite(.timeLimit(.minutes(5))) struct ConsoleAccessTests {
    private static let token = "open-sesame-42"

    private static var guarded: AdminConfiguration {
        var configuration = testConsole
        configuration.token = token
        return configuration
    }

    @Test(arguments: ["/admin/state", "/admin/events", "/metrics"])
    func `with a token only the page is public`(path: String) async throws {
        try await withConsole(ConsoleParts(), Self.guarded) { client in
            let refused = try await client.get(path)
            #expect(refused.status == .unauthorized)
            #expect(refused.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            #expect(try refused.object["code"] as? String == "token_missing")
            for wrong in ["open-sesame-4", "open-sesame-43", "x", String(repeating: "a", count: 600)] {
                #expect(try await client.get(path, headers: [.authorization: "Bearer \(wrong)"]).status == .unauthorized)
            }
            #expect(try await client.get(path, headers: [.authorization: "Basic \(Self.token)"]).status == .unauthorized)
            #expect(try await client.get("/console").status == .ok)
            #expect(try await client.get("/console/app.js").status == .ok)
        }
    }

    @Test func `the token gives full access`() async throws {
        let parts = ConsoleParts()
        try await withConsole(parts, Self.guarded) { client in
            let headers: HTTPFields = [.authorization: "Bearer \(Self.token)"]
            let state = try await client.get("/admin/state", headers: headers)
            #expect(state.status == .ok)
            #expect(try await client.get("/metrics", headers: headers).status == .ok)
            #expect(try await client.post("/admin/drain", "").status == .unauthorized)
            #expect(parts.service.isTakingJobs)
            #expect(try await client.post("/admin/drain", "", headers: headers).status == .ok)
            #expect(!parts.service.isTakingJobs)
        }
    }

    @Test func `an API key with the scope admin gives access`() async throws {
        let operators = try NewAPIKey(name: "operator", scopes: [.admin]),
            clients = try NewAPIKey(name: "client", scopes: [.predict])
        var configuration = testConsole
        configuration.keys = APIKeyRing(keys: [
            APIKey(name: "operator", scopes: [.admin], digest: APIKey.digest(of: operators.key)),
            APIKey(name: "client", scopes: [.predict], digest: APIKey.digest(of: clients.key)),
        ])
        try await withConsole(ConsoleParts(), configuration) { client in
            #expect(try await client.get("/admin/state").status == .unauthorized)
            for (key, status) in [(operators.key, HTTPResponse.Status.ok), (clients.key, .unauthorized)] {
                let answer = try await client.get("/admin/state", headers: [.authorization: "Bearer \(key)"])
                #expect(answer.status == status)
            }
        }
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.5", "console.example", "128.0.0.1", "127.example.com"])
    func `an address that other machines reach requires a token`(host: String) throws {
        var configuration = testConsole
        configuration.host = host
        #expect(throws: ConsoleError.tokenMissing(host: host)) { try ConsoleParts().server(configuration) }
        configuration.token = Self.token
        _ = try ConsoleParts().server(configuration)
    }

    @Test(arguments: ["", "short", "with a space in it", "schlüssel-wort"])
    func `an unusable token is rejected at the start`(token: String) {
        var configuration = testConsole
        configuration.token = token
        #expect(throws: ConsoleError.unusableToken) { try ConsoleParts().server(configuration) }
    }

    @Test(arguments: [
        ("localhost", true), ("127.0.0.1:7861", true), ("[::1]:7861", true), ("LOCALHOST:1", true), ("127.9.8.7", true),
        ("console.localhost", true), ("ops.example", true), ("attacker.example", false), ("127.0.0.1.attacker.example", false),
        ("localhost.attacker.example:7861", false), ("192.168.1.5", false), ("[::2]", false), ("127.0.0.256", false),
    ])
    func `on loopback only local and configured host names are accepted`(
        host: String, isWelcome: Bool
    ) async throws {
        var configuration = testConsole
        configuration.hostNames = ["ops.example"]
        try await withConsole(ConsoleParts(), configuration) { client in
            for path in ["/admin/state", "/console"] {
                let status = try await client.statusOf("GET \(path) HTTP/1.1", "Host: \(host)")
                #expect(status.hasPrefix(isWelcome ? "HTTP/1.1 200" : "HTTP/1.1 421"), "\(path): \(status)")
            }
        }
    }

    @Test(arguments: [
        (["X-Sakuga-Console: 1"], true),
        (["X-Sakuga-Console: 1", "Origin: http://localhost:7861"], true),
        (["X-Sakuga-Console: 1", "Origin: http://localhost:7861", "Sec-Fetch-Site: same-origin"], true),
        ([], false),
        (["Content-Type: application/x-www-form-urlencoded"], false),
        (["Origin: http://localhost:7861"], false),
        (["X-Sakuga-Console: 1", "Origin: http://attacker.example"], false),
        (["X-Sakuga-Console: 1", "Origin: http://localhost:9999"], false),
        (["X-Sakuga-Console: 1", "Origin: null"], false),
        (["X-Sakuga-Console: 1", "Sec-Fetch-Site: cross-site"], false),
        (["X-Sakuga-Console: 1", "Sec-Fetch-Site: same-site"], false),
    ])
    func `only the console's own page and programs can drain`(fields: [String], isWelcome: Bool) async throws {
        let parts = ConsoleParts()
        try await withConsole(parts) { client in
            let lines = ["POST /admin/drain HTTP/1.1", "Host: localhost:7861", "Content-Length: 0"] + fields
            let status = try await client.statusOf(lines.joined(separator: "\r\n"))
            #expect(status.hasPrefix(isWelcome ? "HTTP/1.1 200" : "HTTP/1.1 403"), "\(status)")
            #expect(parts.service.isTakingJobs != isWelcome)
        }
    }
}
