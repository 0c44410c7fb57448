import JobQueueRedis
import Testing

@Suite struct RedisAddressTests {
    @Test func `a bare host gets the usual port and database`() throws {
        let address = try RedisAddress("redis://queue.example")
        #expect(address.host == "queue.example" && address.port == 6379 && address.database == 0)
        #expect(address.user == nil && address.password == nil && !address.usesTLS)
        #expect(address.description == "redis://queue.example:6379/0")
    }

    @Test func `everything that an address can say is read`() throws {
        let address = try RedisAddress("rediss://app:p%40ss%3A@[::1]:7000/3?cacert=/etc/my%20ca.pem")
        #expect(address.host == "::1" && address.port == 7000 && address.database == 3)
        #expect(address.user == "app" && address.password == "p@ss:" && address.usesTLS)
        #expect(address.certificates == "/etc/my ca.pem")
        #expect(address.description == "rediss://[::1]:7000/3", "a log shows no password")
    }

    @Test func `a password may stand alone and hold an unescaped at sign`() throws {
        let address = try RedisAddress("redis://:a@b@host/")
        #expect(address.user == nil && address.password == "a@b" && address.host == "host")
    }

    @Test(arguments: [
        ("http://host", "starts with redis://"), ("host:6379", "starts with redis://"), ("redis://", "names no host"),
        ("redis://host:0", "port"), ("redis://host:x", "port"), ("redis://host:70000", "port"), ("redis://host/x", "database"),
        ("redis://host/-1", "database"), ("redis://[::1", "without its ]"), ("redis://[::1]7", "follow the ]"),
        ("redis://secret@host", "user:password"), ("redis://u:@host", "password"), ("redis://u:100%@host", "%25"),
        ("redis://host?tls=1", "cacert"), ("redis://host?cacert=/x", "rediss://"), ("rediss://host?cacert=", "cacert"),
    ])
    func `what is wrong with an address is said`(_ text: String, _ hint: String) {
        do throws(RedisAddressError) {
            let address = try RedisAddress(text)
            Issue.record("\(text) was read as \(address)")
        } catch {
            #expect(error.description.contains(hint))
            #expect(!error.description.contains("secret"))
        }
    }
}
