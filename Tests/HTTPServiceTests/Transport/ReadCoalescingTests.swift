import HTTPService
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReadCoalescingTests {
    @Test(arguments: [(0.0, nil), (0.007, nil), (0.008, 4), (0.02, 8), (0.1, 32), (1, 64), (60, 64), (.infinity, 64)])
    func `reads are delayed only if new requests have to wait anyway`(wait: Double, tick: Int?) {
        #expect(ReadCoalescing.milliseconds(predictedWait: wait) == tick)
    }

    @Test func `a read is delayed by at most half of the predicted wait`() {
        for wait in stride(from: 0.0, through: 1, by: 0.001) {
            guard let tick = ReadCoalescing.milliseconds(predictedWait: wait) else { continue }
            #expect(Double(tick) / 1_000 <= wait / 2)
        }
    }

    @Test func `ticks are the same for all connections`() {
        let tick: UInt64 = 16_000_000
        for offset in [0, 1, tick / 2, tick - 1] {
            let next = ReadCoalescing.next(after: .uptimeNanoseconds(10 * tick + offset), milliseconds: 16)
            #expect(next == .uptimeNanoseconds(11 * tick))
        }
    }

    @Test func `a connection is served while jobs wait`() async throws {
        let handler = PatientHandler()
        try await withService(handler) { client in
            let port = try #require(client.port)
            try await withThrowingTaskGroup { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await RawConnection.open(port: port) { connection in
                            try await connection.send(
                                "POST /v1/stylize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
                            )
                            return try await connection.readToEnd()
                        }
                    }
                }
                var events = handler.events.makeAsyncIterator()
                for _ in 0..<2 { #expect(await events.next() == "started") }
                for _ in 0..<5 { #expect(try await client.get("/v1/styles").status == .ok) }
                for _ in 0..<6 { handler.release() }
                for try await reply in group { #expect(reply.hasPrefix("HTTP/1.1 200 ")) }
            }
        }
    }
}
