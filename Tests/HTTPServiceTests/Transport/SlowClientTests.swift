import HTTPService
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing

/// Slow clients.
@Suite(.timeLimit(.minutes(5))) struct SlowClientTests {
    private static let live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n"

    private static func ask(_ port: Int) async throws -> String {
        try await RawConnection.open(port: port) { connection in
            try await connection.send(live + "Connection: close\r\n\r\n")
            return try await connection.readToEnd()
        }
    }

    /// What the server sends in response to `words` until it closes the connection, possibly while they are still being sent.
    private static func wordsUntilClosed(_ port: Int, _ words: String) async throws -> String {
        try await RawConnection.open(port: port) { connection in
            do {
                if !words.isEmpty { try await connection.send(words) }
                return try await connection.readToEnd()
            } catch {
                // The server has closed the connection meanwhile.
                return ""
            }
        }
    }

    @Test func `a client that does not read its response is disconnected`() async throws {
        var configuration = testConfiguration
        configuration.writeTimeout = .milliseconds(300)
        configuration.connectionLimit = 1
        try await withRunningServer(configuration: configuration) { port async throws in
            let size = 8 << 20
            let lazy = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.socketOption(.so_rcvbuf), value: 16_384)
                .channelOption(.autoRead, value: false)
                .connect(host: "localhost", port: port).get()
            var request = ByteBuffer(
                string: "POST /v1/stylize HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n")
            request.writeRepeatingByte(65, count: size)
            try await lazy.writeAndFlush(request)
            // This one is accepted only after the slow one has been disconnected.
            #expect(try await Self.ask(port).hasPrefix("HTTP/1.1 200 "))
            try? await lazy.close()
        }
    }

    @Test func `beyond the connection limit a client waits until another disconnects`() async throws {
        var configuration = testConfiguration
        configuration.connectionLimit = 1
        try await withRunningServer(configuration: configuration) { port async throws in
            let order = AsyncStream<String>.makeStream()
            let second = try await RawConnection.open(port: port) { first in
                try await first.send(Self.live + "\r\n")
                _ = try await first.read(to: "live\"}")
                let second = Task {
                    let reply = try await Self.ask(port)
                    order.continuation.yield("second")
                    return reply
                }
                // The second must not be accepted meanwhile.
                for _ in 0..<50 { try await first.send(Self.live + "\r\n") }
                order.continuation.yield("first")
                return second
            }
            #expect(try await second.value.hasPrefix("HTTP/1.1 200 "))
            var events = order.stream.makeAsyncIterator()
            #expect(await events.next() == "first")
            #expect(await events.next() == "second")
        }
    }

    @Test func `a request that takes too long is cancelled`() async throws {
        var configuration = testConfiguration
        configuration.requestTimeout = .milliseconds(300)
        try await withService(PatientHandler(), configuration: configuration) { client async throws in
            let port = try #require(client.port)
            // Another test checks that a disconnect cancels the job.
            let reply = try await Self.wordsUntilClosed(
                port, "POST /v1/stylize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc")
            #expect(reply == "")
        }
    }

    @Test(arguments: ["", "GET /heal", "GET /health/live HTTP/1.1\r\nHost: localh"])
    func `a connection without a head is closed`(words: String) async throws {
        var configuration = testConfiguration
        configuration.headTimeout = .milliseconds(300)
        try await withService(configuration: configuration) { client async throws in
            let port = try #require(client.port)
            let reply = try await Self.wordsUntilClosed(port, words)
            #expect(reply == "")
        }
    }

    @Test func `a connection with an incomplete second head is closed`() async throws {
        var configuration = testConfiguration
        configuration.headTimeout = .seconds(2)
        try await withService(configuration: configuration) { client async throws in
            let port = try #require(client.port)
            let rest = try await RawConnection.open(port: port) { connection -> ByteBuffer? in
                try await connection.send(Self.live + "\r\n")
                var parts = connection.inbound.makeAsyncIterator()
                var first = ""
                do {
                    while !first.contains("live\"}"), let part = try await parts.next() { first += String(buffer: part) }
                    try await connection.send("GET /health/l")
                    return try await parts.next()
                } catch is IOError {
                    // The server has closed the connection while something was sent.
                    return nil
                }
            }
            #expect(rest == nil)
        }
    }
}

@Suite struct WriteProgressTests {
    private func at(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }

    @Test func `a client that reads some bytes gets more time, another one does not`() {
        var progress = WriteProgress(timeout: .seconds(30), now: at(0))
        let first = progress.check(written: 1_000, pending: 900, now: at(10))
        #expect(first == .wait(until: at(40)))
        let same = progress.check(written: 1_000, pending: 900, now: at(39))
        #expect(same == .wait(until: at(40)))
        let some = progress.check(written: 1_000, pending: 899, now: at(40))
        #expect(some == .wait(until: at(70)))
        let none = progress.check(written: 1_000, pending: 899, now: at(70))
        #expect(none == .stalled)
    }

    @Test func `newly written bytes are no progress of the client`() {
        var progress = WriteProgress(timeout: .seconds(30), now: at(0))
        _ = progress.check(written: 1_000, pending: 900, now: at(0))
        let more = progress.check(written: 2_000, pending: 1_900, now: at(30))
        #expect(more == .stalled)
    }

    @Test func `an idle connection starts again`() {
        var progress = WriteProgress(timeout: .seconds(30), now: at(0))
        let idle = progress.check(written: 1_000, pending: 0, now: at(5))
        #expect(idle == .idle)
        progress.begin(now: at(500))
        let first = progress.check(written: 2_000, pending: 1_000, now: at(500))
        #expect(first == .wait(until: at(530)))
    }
}

@Suite struct ConnectionDeadlineTests {
    private let timeouts = HTTPConnectionState.Timeouts(
        stall: .seconds(30), body: .seconds(100), linger: .seconds(2), head: .seconds(20), request: .seconds(60))

    private func at(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }

    @Test func `the timeout of the first head begins with the connection, that of a later one with its first byte`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.connected(now: at(0))
        #expect(state.deadline == at(20))
        let isNew = state.readPart(now: at(19))
        #expect(!isNew)
        let late = state.timerFired(now: at(20))
        #expect(late == .close)

        state = HTTPConnectionState(timeouts: timeouts)
        state.connected(now: at(0))
        state.readHead(now: at(1))
        state.readEnd()
        let early = state.readPart(now: at(1))
        #expect(!early)
        _ = state.writeHead(isInformational: false)
        _ = state.writeEnd(now: at(2))
        #expect(state.deadline == nil)
        let begins = state.readPart(now: at(50))
        #expect(begins)
        let goesOn = state.readPart(now: at(60))
        #expect(!goesOn)
        #expect(state.deadline == at(70))
    }

    @Test func `a request has a timeout as a whole`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        for second in [20, 40, 59] as [UInt64] { state.readBody(now: at(second)) }
        #expect(state.deadline == at(60))
        let late = state.timerFired(now: at(60))
        #expect(late == .close)
    }

    @Test func `after a stalled body the timeout of the whole request still applies`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        let stalled = state.timerFired(now: at(30))
        #expect(stalled == .reportStall)
        #expect(state.deadline == at(60))
    }

    @Test func `an event stream has no timeout`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        state.readEnd()
        _ = state.writeHead(isInformational: false, isEventStream: true)
        #expect(state.deadline == nil)
    }

    @Test func `a pipelined request's timeout begins after the previous response`() {
        var state = HTTPConnectionState(timeouts: timeouts)
        state.readHead(now: at(0))
        state.readEnd()
        state.readHead(now: at(1))
        state.readEnd()
        _ = state.writeHead(isInformational: false)
        _ = state.writeEnd(now: at(50))
        #expect(state.deadline == at(110))
    }
}
