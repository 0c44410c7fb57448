import HTTPService
import HTTPTypes
import Serving
import Testing

@Suite struct RequestOriginTests {
    private func origin(
        _ headers: HTTPFields, peer: String = "10.0.0.1", authority: String? = "inside:7860", isEncrypted: Bool = false
    ) throws -> RequestOrigin {
        let request = HTTPRequest(method: .get, scheme: nil, authority: authority, path: "/", headerFields: headers)
        return RequestOrigin(
            request, peer: IPAddress(peer), isEncrypted: isEncrypted, proxies: try TrustedProxies(list: "10.0.0.0/8,fd00::/8"))
    }

    private func client(_ name: String, _ value: String, peer: String = "10.0.0.1") throws -> String? {
        try origin([#require(HTTPField.Name(name)): value], peer: peer).address?.description
    }

    @Test(arguments: [
        ("203.0.113.5", "203.0.113.5"),
        ("198.51.100.7, 203.0.113.5", "203.0.113.5"),
        ("203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("6.6.6.6, 203.0.113.5, 10.0.0.3,10.0.0.2", "203.0.113.5"),
        ("10.0.0.4, 10.0.0.2", "10.0.0.4"),
        ("203.0.113.5:4711", "203.0.113.5"),
        ("[2001:db8::5]:4711", "2001:db8::5"),
        ("2001:db8::5", "2001:db8::5"),
        ("203.0.113.5, unknown", "10.0.0.1"),
        ("203.0.113.5, unknown, 10.0.0.2", "10.0.0.2"),
        ("", "10.0.0.1"), (",,,", "10.0.0.1"), ("nonsense", "10.0.0.1"),
    ])
    func `the client is the last hop that is not a trusted proxy`(header: String, address: String) throws {
        #expect(try client("X-Forwarded-For", header) == address)
    }

    @Test(arguments: [
        ("for=203.0.113.5", "203.0.113.5"),
        ("for=6.6.6.6, For=\"[2001:db8::5]:80\";proto=https;by=10.0.0.1", "2001:db8::5"),
        ("for=203.0.113.5;host=\"a,b;c\", for=10.0.0.2", "203.0.113.5"),
        ("for=_hidden", "10.0.0.1"), ("for=\"203.0.113.5", "10.0.0.1"), (";;,=", "10.0.0.1"),
    ])
    func `the Forwarded field is equivalent`(header: String, address: String) throws {
        #expect(try client("Forwarded", header) == address)
    }

    @Test(arguments: ["X-Forwarded-For", "Forwarded"])
    func `other peers' fields are ignored`(name: String) throws {
        #expect(try client(name, "for=203.0.113.5", peer: "192.0.2.9") == "192.0.2.9")
        let origin = try origin(
            [.init("X-Forwarded-Proto")!: "https", .init("X-Forwarded-Host")!: "evil.example"], peer: "192.0.2.9")
        #expect(origin.scheme == "http")
        #expect(origin.host == "inside:7860")
    }

    @Test func `scheme and host are those that the proxy reports`() throws {
        let plain = try origin(
            [
                .init("X-Forwarded-For")!: "203.0.113.5", .init("X-Forwarded-Proto")!: "http, https",
                .init("X-Forwarded-Host")!: "evil.example, anime.example.org:8443",
            ])
        #expect(plain.scheme == "https")
        #expect(plain.host == "anime.example.org:8443")
        let standard = try origin([.init("Forwarded")!: "for=203.0.113.5;proto=HTTPS;host=\"anime.example.org:1\""])
        #expect(standard.scheme == "https")
        #expect(standard.host == "anime.example.org:1")
    }

    @Test func `a host with unsafe characters is ignored`() throws {
        for host in ["a\"b", "a/b", "a b<", "a@b", String(repeating: "a", count: 300), "é"] {
            #expect(try origin([.init("X-Forwarded-Host")!: host]).host == "inside:7860")
            #expect(try origin([:], authority: host).host == "")
        }
        #expect(try origin([:], authority: "[::1]:7860").host == "[::1]:7860")
        #expect(try origin([.init("X-Forwarded-Proto")!: "javascript"], isEncrypted: true).scheme == "https")
    }

    @Test func `only the end of a long list is read`() throws {
        let list = Array(repeating: "10.0.0.2", count: 100).joined(separator: ",")
        #expect(try client("X-Forwarded-For", "203.0.113.5," + list) == "10.0.0.2")
    }

    @Test func `connections are counted by client, except for loopback addresses and proxies`() throws {
        let limit = ConnectionLimit(limit: 2, exempt: try TrustedProxies(list: "10.0.0.0/8"))
        let one = try #require(IPAddress("2001:db8::1")), neighbour = try #require(IPAddress("2001:db8::2"))
        let other = try #require(IPAddress("203.0.113.5"))
        #expect(limit.acquire(one))
        #expect(limit.acquire(neighbour))
        #expect(!limit.acquire(one))
        #expect(limit.acquire(other))
        limit.release(neighbour)
        #expect(limit.acquire(one))
        #expect(!limit.acquire(neighbour))
        for address in ["10.9.9.9", "127.0.0.1", "::1"] {
            let address = try #require(IPAddress(address))
            #expect((0..<5).allSatisfy { _ in limit.acquire(address) })
        }
    }
}
