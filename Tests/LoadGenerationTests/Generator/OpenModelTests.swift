import LatencyHistograms
import LoadGeneration
import LoadTestFixtures
import Testing

@Suite struct OpenModelTests {
    private typealias Server = ScriptedServer

    @Test(arguments: Arrivals.allCases) func `arrivals do not wait for responses`(_ arrivals: Arrivals) async throws {
        let server = try await Server { _ in [] }
        var settings = try settings(port: server.port, model: .open(arrivals, maximumInFlight: 40))
        settings.threads = 2
        var run = try await GeneratorRun(settings)
        run.generator.setRate(2_000)
        try await run.wait { $0.inFlight == 40 && $0.counts.droppedStarts > 10 }
        run.generator.setRate(0)
        await run.stop(grace: .zero)
        #expect(run.seen.abandoned == 40 && run.all.ended == 0 && run.seen.counts.started == 40)
        #expect(run.seen.startLag.count == 40)
        try await server.stop()
    }

    @Test func `connections are kept for later arrivals, and the response is timed from the intended start`() async throws {
        let server = try await Server { _ in [.send(Server.response("x"))] }
        var run = try await GeneratorRun(try settings(port: server.port, model: .open(.even, maximumInFlight: 50)))
        run.generator.setRate(500)
        try await run.wait { $0.counts.sum.succeeded >= 100 }
        await run.stop()
        #expect(run.all.failed == 0)
        #expect(run.seen.connectionsOpened < run.all.succeeded)
        #expect(run.all.response.count == run.all.succeeded && run.all.response.total >= run.all.service.total)
        try await server.stop()
    }
}
