import HTTPTypes
import Testing
import WebPages

/// Access to consoles.
@Suite struct ConsoleAccessTests {
    private static let token = "open-sesame-42"

    private func request(
        _ method: HTTPRequest.Method, _ path: String, host: String = "localhost:7861", _ fields: HTTPFields = [:]
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: fields)
    }

    private let fromPage: HTTPFields = [HTTPField.Name("X-Sakuga-Console")!: "1"]
    private func shown(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    @Test func `a loopback console can be read without a token, and changed by its page`() throws {
        let access = try ConsoleAccess(host: "127.0.0.1")
        #expect(access.denial(of: request(.get, "/loadtest/state")) == nil)
        #expect(access.denial(of: request(.post, "/loadtest/stop", fromPage)) == nil)
        #expect(access.denial(of: request(.post, "/loadtest/stop")) == .crossSite)
    }

    @Test func `a foreign host name is denied everything`() throws {
        let access = try ConsoleAccess(host: "127.0.0.1", hostNames: ["ops.example"])
        #expect(access.denial(of: request(.get, "/console", host: "evil.example")) == .wrongHost)
        #expect(access.denial(of: request(.get, "/console", host: "ops.example:80")) == nil)
    }

    @Test func `with a token only the page's files are public`() throws {
        let access = try ConsoleAccess(host: "0.0.0.0", token: Self.token)
        for path in ["/", "/console", "/console/app.js", "/console?x=1"] {
            #expect(access.denial(of: request(.get, path, host: "anything")) == nil)
        }
        #expect(access.denial(of: request(.get, "/metrics")) == .tokenMissing)
        #expect(access.denial(of: request(.get, "/console2")) == .tokenMissing)
        #expect(access.denial(of: request(.post, "/console", fromPage)) == .tokenMissing)
        for wrong in ["open-sesame-4", "open-sesame-43", "x", String(repeating: "a", count: 600)] {
            #expect(access.denial(of: request(.get, "/metrics", shown(wrong))) == .tokenWrong)
        }
        #expect(access.denial(of: request(.get, "/metrics", [.authorization: "Basic \(Self.token)"])) == .tokenMissing)
        #expect(access.denial(of: request(.get, "/metrics", shown(Self.token))) == nil)
        #expect(access.denial(of: request(.post, "/admin/drain", shown(Self.token))) == nil)
    }

    @Test func `another accepted credential is checked, too`() throws {
        let access = try ConsoleAccess(host: "0.0.0.0", accepts: { $0 == "a-key" })
        #expect(access.denial(of: request(.get, "/metrics", shown("a-key"))) == nil)
        #expect(access.denial(of: request(.get, "/metrics", shown("another"))) == .tokenWrong)
        #expect(access.denial(of: request(.get, "/metrics")) == .tokenMissing)
    }

    @Test(
        arguments: [
            ("http://localhost:7861", nil, true), ("HTTP://LOCALHOST:7861", "same-origin", true), (nil, "none", true),
            ("http://localhost:9999", nil, false), ("http://evil.example", nil, false), ("null", nil, false),
            (nil, "cross-site", false), (nil, "same-site", false),
        ] as [(String?, String?, Bool)])
    func `requests of other sites are denied`(origin: String?, site: String?, isWelcome: Bool) throws {
        for (access, proof) in [
            (try ConsoleAccess(host: "127.0.0.1"), fromPage),
            (try ConsoleAccess(host: "127.0.0.1", token: Self.token), shown(Self.token)),
        ] {
            var fields = proof
            fields[.origin] = origin
            fields[HTTPField.Name("Sec-Fetch-Site")!] = site
            #expect(access.denial(of: request(.post, "/admin/drain", fields)) == (isWelcome ? nil : .crossSite))
        }
    }

    @Test func `a console on another address requires a usable token`() throws {
        for host in ["0.0.0.0", "::", "192.168.1.5", "console.example", "127.example.com"] {
            #expect(throws: ConsoleError.tokenMissing(host: host)) { try ConsoleAccess(host: host) }
        }
        for token in ["", "short", "with a space in it", "schlüssel-wort", String(repeating: "a", count: 513)] {
            #expect(throws: ConsoleError.unusableToken) { try ConsoleAccess(host: "127.0.0.1", token: token) }
        }
    }
}
