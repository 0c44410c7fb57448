import Foundation
import HTTPTypes
import HummingbirdTesting
import LoadTestConsole
import Testing

/// The course of a run as charts show it.
@Suite(.timeLimit(.minutes(5))) struct ChartHistoryTests {
    @Test func `the event stream starts with the history and continues with states`() async throws {
        let test = PlayedTest()
        try await withConsole(test) { client async throws in
            _ = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
            _ = try await client.state { phase($0) == "measuring" }
            for _ in 0..<3 { await test.tick() }
            _ = try await client.state { (($0["snapshot"] as? [String: Any])?["elapsed"] as? Double ?? 0) >= 3 }
            _ = try await client.post("/loadtest/stop")
            // The console notes the course beside what it answers: the last second may come into it a moment later.
            var events = try await client.firstEvents(2)
            while events.first?.data.contains("\"p95\":0.85") != true { events = try await client.firstEvents(2) }
            #expect(events.map(\.name) == ["history", "state"])
            #expect(events[1].data.contains("\"phase\":"))
        }
    }

    @Test func `the number of event streams is limited`() async throws {
        var configuration = testConsole()
        configuration.eventStreamLimit = 0
        try await withConsole(PlayedTest(), configuration) { client async throws in
            #expect(try await client.get("/loadtest/events").status == .serviceUnavailable)
        }
    }
}
