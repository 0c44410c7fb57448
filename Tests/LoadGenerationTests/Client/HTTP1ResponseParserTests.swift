import LoadGeneration
import NIOCore
import Testing

@Suite struct HTTP1ResponseParserTests {
    /// The response and what is left of `text` when it arrives in parts of `size` bytes; nil if the response is incomplete.
    private func parse(
        _ text: String, parts size: Int = .max, isHeadRequest: Bool = false, limit: Int = 1 << 20, ends: Bool = false
    ) throws -> (status: Int, body: String, rest: String, keepsAlive: Bool, received: Int)? {
        var parser = HTTP1ResponseParser(maximumBody: limit)
        parser.begin(isHeadRequest: isHeadRequest, retention: .full)
        var rest = ByteBuffer(string: text)
        var isComplete = false
        while !isComplete, rest.readableBytes > 0 {
            var part = rest.readSlice(length: min(size, rest.readableBytes)) ?? ByteBuffer()
            isComplete = try parser.read(&part)
            if isComplete {
                part.writeBuffer(&rest)
                rest = part
            }
        }
        guard isComplete || ends && parser.endOfStream() else { return nil }
        return (
            parser.response.status, String(buffer: parser.response.body), String(buffer: rest), parser.keepsAlive,
            parser.response.received
        )
    }

    private static let responses = [
        "HTTP/1.1 200 OK\r\nServer: x\r\nCONTENT-length:   5 \r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\nTrailer: x\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    ]

    @Test(arguments: responses) func `a response is the same however it is split`(_ text: String) throws {
        for size in [1, 2, 3, 7, 16, .max] {
            let response = try #require(try parse(text + "NEXT", parts: size))
            #expect(response == (200, "hello", "NEXT", true, text.utf8.count))
        }
    }

    @Test(arguments: responses) func `a response that is cut off is incomplete`(_ text: String) throws {
        for length in 0..<text.utf8.count { #expect(try parse(String(decoding: text.utf8.prefix(length), as: UTF8.self)) == nil) }
    }

    @Test func `a response without a length ends with its connection`() throws {
        let response = try #require(try parse("HTTP/1.1 200 OK\r\n\r\nhello", parts: 3, ends: true))
        #expect(response.body == "hello" && !response.keepsAlive)
    }

    @Test func `some responses have no body, whatever their length says`() throws {
        #expect(try parse("HTTP/1.1 204 No Content\r\n\r\nX")?.rest == "X")
        #expect(try parse("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\nX")?.rest == "X")
        #expect(try parse("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nX", isHeadRequest: true)?.rest == "X")
        #expect(try parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nX")?.rest == "X")
    }

    @Test func `the connection is kept alive unless the response says otherwise`() throws {
        #expect(try parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n")?.keepsAlive == false)
        #expect(try parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")?.keepsAlive == false)
        #expect(try parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")?.keepsAlive == true)
    }

    @Test(arguments: [
        "HTTP/2 200\r\n\r\n", "HTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ])
    func `what is not HTTP is refused`(_ text: String) {
        #expect(throws: RequestFailure.self) { try parse(text) }
        #expect(throws: RequestFailure.self) { try parse(text, parts: 1) }
    }

    @Test func `heads, chunk lines and bodies are bounded`() {
        let endless = String(repeating: "X-Long: yes\r\n", count: 6_000)
        #expect(throws: RequestFailure.self) { try parse("HTTP/1.1 200 OK\r\n" + endless, parts: 1000) }
        let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1" + String(repeating: " ", count: 70_000)
        #expect(throws: RequestFailure.self) { try parse(chunk, parts: 1000) }
        #expect(throws: RequestFailure.self) {
            try parse("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 101), parts: 10, limit: 100)
        }
    }

    @Test func `random bytes are at worst refused`() {
        var random = SeededRandom(seed: 11)
        let seeds = Self.responses.map { Array($0.utf8) }
        for round in 0..<3_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<(1 + round % 4) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            var parser = HTTP1ResponseParser(maximumBody: 1000)
            parser.begin(isHeadRequest: false, retention: .full)
            var buffer = ByteBuffer(bytes: bytes)
            _ = try? parser.read(&buffer)
            #expect(parser.response.body.readableBytes <= 1000)
        }
    }
}
