import LatencyHistograms
import LoadGeneration
import LoadTestFixtures
import NIOCore
import Testing

/// What is said of a server whose delays are known. How near the figures come is measured in Benchmarks/loadtest; here stands what
/// holds on any machine, however slow: nothing is lost, and nothing is faster than it was.
@Suite struct KnownDelaysTests {
    private typealias Server = ScriptedServer

    /// Of twenty requests in a row sixteen are answered at once, three after 40 ms and one after 120 ms.
    private static func delay(_ place: Int) -> TimeAmount {
        switch place % 20 {
        case 19: .milliseconds(120)
        case 4, 9, 14: .milliseconds(40)
        default: .zero
        }
    }

    @Test(arguments: [LoadModel.closed(.none), .open(.even, maximumInFlight: 200)])
    func `every delay is in the histogram, and none is shortened`(_ model: LoadModel) async throws {
        let server = try await Server { request in
            let delay = Self.delay(request.place)
            return delay == .zero ? [.send(Server.response("x"))] : [.pause(delay), .send(Server.response("late"))]
        }
        var run = try await GeneratorRun(try settings(port: server.port, model: model))
        if case .open = model { run.generator.setRate(400) } else { run.generator.setUsers(5) }
        try await run.wait { $0.counts.sum.succeeded >= 300 }
        await run.stop()
        let delays = server.requests.map { Self.delay($0.place) }
        let service = run.all.service
        #expect(run.all.failed == 0 && service.count == delays.count)
        for limit in [40, 120] {
            // Timers and buckets of the histogram both err by less than a millisecond.
            let slow = delays.count { $0 >= .milliseconds(Int64(limit)) }
            #expect(service.count(above: UInt64(limit) * 1000 - 1000) >= slow)
        }
        let known = delays.reduce(0.0) { $0 + Double($1.nanoseconds) / 1000 } / Double(delays.count)
        #expect(service.mean >= known * 0.99)
        #expect(
            run.all.bytesReceived
                == server.requests.reduce(0) { sum, request in
                    sum + Server.response(Self.delay(request.place) == .zero ? "x" : "late").utf8.count
                })
        try await server.stop()
    }
}
