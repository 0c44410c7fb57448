import Testing
import WebPages

/// Parsing `Host` fields.
@Suite struct HostNameTests {
    @Test(arguments: [
        ("localhost", "localhost"), ("LOCALHOST:1", "localhost"), ("ops.example.:80", "ops.example"),
        ("127.0.0.1:7861", "127.0.0.1"),
        ("[::1]:7861", "::1"), ("::1", "::1"), ("[::1", "[::1"), ("", ""),
    ])
    func `a name has no port and is in lower case`(authority: String, name: String) {
        #expect(HostName(authority).text == name)
    }

    @Test(arguments: ["localhost", "console.localhost", "127.0.0.1", "127.9.8.7:1", "[::1]:7861", "localhost."])
    func `these can only mean this machine`(authority: String) {
        #expect(HostName(authority).isLoopback)
    }

    @Test(arguments: [
        "", "localhost.attacker.example", "127.0.0.1.attacker.example", "128.0.0.1", "127.0.0.256", "127.0.0", "[::2]",
        "192.168.1.5",
    ])
    func `these may mean another machine`(authority: String) {
        #expect(!HostName(authority).isLoopback)
    }
}
