import Serving
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::00ff", "2001:db8::ff"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ])
    func `an address is read in all its forms and written in one`(text: String, written: String) throws {
        #expect(try #require(IPAddress(text)).description == written)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", "1.2.3.4:80", "a.b.c.d", ":", ":::", "1:",
        ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7::8", "12345::", "g::", "+1::", "[::1]",
        "fe80::1%eth0",
        "1.2.3.4::", "::1.2.3", "localhost", "１.2.3.4",
    ])
    func `malformed addresses are rejected`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `a client is identified by an IPv4 address or an IPv6 network`() throws {
        #expect(try #require(IPAddress("192.0.2.1")).client.description == "192.0.2.1")
        let one = try #require(IPAddress("2001:db8:1:2:3:4:5:6")), other = try #require(IPAddress("2001:db8:1:2::9"))
        #expect(one.client == other.client)
        #expect(ClientIdentity.address(one.client).description == "2001:db8:1:2::/64")
        #expect(ClientIdentity.address(try #require(IPAddress("::ffff:192.0.2.1"))).description == "192.0.2.1")
        #expect(try #require(IPAddress("2001:db8:1:3::9")).client != one.client)
    }

    @Test(arguments: [("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::2", false), ("128.0.0.1", false)])
    func `loopback addresses are recognized`(text: String, isLoopback: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.9.9.9", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("192.0.2.7/32", "::ffff:192.0.2.7", true),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true),
        ("::/0", "203.0.113.9", false), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("2001:db8::/65", "2001:db8:0:0:7fff::", true), ("2001:db8::/65", "2001:db8:0:0:8000::", false),
        ("2001:db8::1/128", "2001:db8::1", true), ("2001:db8::1", "2001:db8::2", false), ("192.0.2.128/25", "192.0.2.127", false),
        ("192.0.2.128/25", "192.0.2.200", true),
    ])
    func `a block holds what agrees in its first bits`(block: String, address: String, isInside: Bool) throws {
        #expect(try AddressRange(block).contains(#require(IPAddress(address))) == isInside)
    }

    @Test(arguments: [
        ("10.0.0.0/33", "0 to 32"), ("::/129", "0 to 128"), ("10.0.0.0/", "0 to 32"), ("10.0.0.0/-1", "0 to 32"),
        ("10.0.0.0/8/8", "not an IP address"), ("nginx", "not an IP address"), ("", "not an IP address"),
        ("10.0.0/8", "not an IP address"),
    ])
    func `a malformed range is rejected with an example`(block: String, words: String) {
        let problem = #expect(throws: AddressRange.Problem.self) { try AddressRange(block) }
        #expect(problem?.description.contains(words) == true)
    }

    @Test func `a list of proxies is comma-separated, and one malformed range makes it invalid`() throws {
        let proxies = try TrustedProxies(list: "127.0.0.1, 10.0.0.0/8,fd00::/8")
        #expect(proxies.contains(try #require(IPAddress("10.2.3.4"))))
        #expect(!proxies.contains(try #require(IPAddress("192.0.2.1"))))
        #expect(throws: AddressRange.Problem.self) { try TrustedProxies(list: "127.0.0.1,nginx") }
        #expect(try TrustedProxies(list: "").isEmpty)
    }
}
