import AsyncHTTPClient
import HTTPTypes
import HummingbirdTesting
import LoadTestConsole
import NIOCore
import NIOHTTP1
import Testing
import WebPages

/// Who may use the console: nobody from elsewhere, no web page but its own.
@Suite(.timeLimit(.minutes(5))) struct ConsoleAccessTests {
    private static let token = "open-sesame-42"

    private static var guarded: ConsoleConfiguration {
        var configuration = testConsole()
        configuration.token = token
        return configuration
    }

    @Test(arguments: [
        "/loadtest/state", "/loadtest/events", "/loadtest/profile", "/loadtest/runs", "/loadtest/runs/now/summary.json",
    ])
    func `with a token set nothing but the page is told without it`(path: String) async throws {
        try await withConsole(PlayedTest(), Self.guarded) { client async throws in
            let refused = try await client.get(path)
            #expect(refused.status == .unauthorized)
            #expect(refused.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            for wrong in ["open-sesame-4", "open-sesame-43", "x"] {
                #expect(try await client.get(path, headers: [.authorization: "Bearer \(wrong)"]).status == .unauthorized)
            }
            #expect(try await client.get("/console").status == .ok)
        }
    }

    @Test func `with the token all is told and done`() async throws {
        try await withConsole(PlayedTest(), Self.guarded) { client async throws in
            let headers: HTTPFields = [.authorization: "Bearer \(Self.token)"]
            #expect(try await client.get("/loadtest/state", headers: headers).status == .ok)
            #expect(try await client.post("/loadtest/stop", headers: fromConsole).status == .unauthorized)
            #expect(try await client.post("/loadtest/stop", headers: headers).status == .ok)
        }
    }

    @Test func `other web pages can't start or stop anything`() async throws {
        let test = PlayedTest()
        try await withConsole(test) { client async throws in
            let origin = HTTPField.Name("Origin")!, site = HTTPField.Name("Sec-Fetch-Site")!
            for headers: HTTPFields in [
                [:], [origin: "http://evil.example"], fromConsole + [origin: "http://evil.example"],
                fromConsole + [origin: "null"],
                fromConsole + [site: "cross-site"], fromConsole + [site: "same-site"],
            ] {
                #expect(try await client.post("/loadtest/start", #"{"shape":"planned"}"#, headers: headers).status == .forbidden)
            }
            #expect(await test.shapes.isEmpty)
        }
    }

    @Test func `a rebound host name is refused`() async throws {
        try await withConsole { client async throws in
            for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"] {
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(client.port ?? 0)/loadtest/state")
                request.headers.add(name: "Host", value: host)
                let status = try await HTTPClient.shared.execute(request, timeout: .seconds(60)).status
                #expect(status.code == 421)
            }
        }
    }

    @Test func `a console on a public address requires a token that can be sent`() throws {
        var configuration = testConsole()
        configuration.host = "0.0.0.0"
        #expect(throws: ConsoleError.tokenMissing(host: "0.0.0.0")) { try made(configuration) }
        for token in ["short", "with space 123", "umläute-123"] {
            configuration.token = token
            #expect(throws: ConsoleError.unusableToken) { try made(configuration) }
        }
        configuration.token = Self.token
        try made(configuration)
    }

    private func made(_ configuration: ConsoleConfiguration) throws {
        _ = try ConsoleServer(configuration: configuration, control: PlayedTest(), logger: quietLogger)
    }
}
