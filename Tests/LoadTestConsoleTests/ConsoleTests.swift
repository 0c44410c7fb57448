import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LoadTestConsole
import LoadTestReports
import LoadTesting
import Testing

/// What the console shows and does.
@Suite(.timeLimit(.minutes(5))) struct ConsoleTests {
    @Test func `the page and its files come with a strict policy, the root leads to it`() async throws {
        try await withConsole { client async throws in
            #expect(try await client.get("/").headers[.location] == "/console")
            let page = try await client.get("/console")
            #expect(page.status == .ok && page.headers[.contentType] == "text/html; charset=utf-8")
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe"))
            #expect(page.headers[HTTPField.Name("X-Frame-Options")!] == "DENY")
            for file in ["app.js", "console.css", "theme.css", "strings.js", "icon.svg"] {
                #expect(page.text.contains(file) || file == "strings.js")
                let first = try await client.get("/console/\(file)")
                #expect(first.status == .ok)
                let tag = try #require(first.headers[.eTag])
                #expect(try await client.get("/console/\(file)", headers: [.ifNoneMatch: tag]).status == .notModified)
            }
            for missing in ["/console/nothing.js", "/console/..%2fPackage.swift", "/elsewhere"] {
                let answer = try await client.get(missing)
                #expect(answer.status == .notFound)
                #expect(try answer.object["code"] as? String == "unknown_path")
            }
        }
    }

    @Test func `the profile describes the test`() async throws {
        try await withConsole { client async throws in
            let profile = try #require(try await client.get("/loadtest/profile").object["profile"] as? [String: Any])
            #expect(profile["target"] as? String == "http://127.0.0.1:7860")
            #expect(profile["is_open"] as? Bool == false)
            #expect(profile["objectives"] as? [String] == ["p95=3s"])
        }
    }

    @Test func `a run is started, changed and stopped, and then kept`() async throws {
        let test = PlayedTest(), (reports, reported) = AsyncStream.makeStream(of: String.self)
        try await withConsole(test, onRun: { reported.yield($0.id) }) { client async throws in
            let started = try await client.post("/loadtest/start", #"{"shape":"steady","load":20}"#)
            #expect(started.status == .ok)
            #expect(isRunning(try started.object))
            _ = try await client.state { phase($0) == "measuring" }
            #expect(try await client.post("/loadtest/start", #"{"shape":"planned"}"#).status == .conflict)

            #expect(try await client.post("/loadtest/load", #"{"load":30,"spawn_rate":5}"#).status == .ok)
            #expect(await test.levels == [.users(30)])
            #expect(await test.spawnRates == [5])

            #expect(try await client.post("/loadtest/stop").status == .ok)
            let over = try await client.state { !isRunning($0) }
            #expect(over["runs"] as? [String] == ["run-1"])
            var ids = reports.makeAsyncIterator()
            let reportedID = await ids.next()
            #expect(reportedID == "run-1")
            let runs =
                try JSONSerialization.jsonObject(with: Data(try await client.get("/loadtest/runs").body.readableBytesView))
                as? [[String: Any]]
            #expect((runs?.first?["steps"] as? [[String: Any]])?.first?["users"] as? Int == 20)
        }
    }

    @Test(arguments: [
        (#"{"shape":"steps","loads":[5,10,20],"seconds":30}"#, LoadShape.Kind.steps, 3),
        (#"{"shape":"ramp","load":5,"peak":50,"seconds":60}"#, .ramp, 5),
        (#"{"shape":"spike","load":5,"peak":50,"seconds":60}"#, .spike, 3),
        (#"{"shape":"soak","load":5,"seconds":600}"#, .soak, 6),
        (#"{"shape":"find","load":5,"seconds":20}"#, .findMaximum, 1), (#"{"shape":"steady","load":5,"seconds":60}"#, .steady, 1),
    ])
    func `every shape can be started`(body: String, kind: LoadShape.Kind, stages: Int) async throws {
        let test = PlayedTest()
        try await withConsole(test) { client async throws in
            #expect(try await client.post("/loadtest/start", body).status == .ok)
            _ = try await client.state { phase($0) == "measuring" }
            let shape = try #require(await test.shapes.first ?? nil)
            #expect(shape.kind == kind && shape.stages.count == stages)
        }
    }

    @Test func `the planned shape is the test's own`() async throws {
        let test = PlayedTest()
        try await withConsole(test) { client async throws in
            _ = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
            _ = try await client.state { phase($0) == "measuring" }
            #expect(await test.shapes == [nil])
        }
    }

    @Test func `an endless body is refused`() async throws {
        try await withConsole { client async throws in
            let answer = try await client.post("/loadtest/start", String(repeating: " ", count: 40_000))
            #expect(answer.status == .contentTooLarge)
        }
    }

    @Test func `in the open model loads are rates`() async throws {
        let test = PlayedTest()
        try await withConsole(test, testConsole(isOpen: true)) { client async throws in
            _ = try await client.post("/loadtest/start", #"{"shape":"steady","load":2.5}"#)
            _ = try await client.state { phase($0) == "measuring" }
            #expect(await test.shapes.first??.stages.first?.from == .rate(2.5))
            #expect(try await client.post("/loadtest/load", #"{"load":7.5}"#).status == .ok)
            #expect(await test.levels == [.rate(7.5)])
        }
    }

    @Test func `without a run nothing can be changed, and stopping is harmless`() async throws {
        try await withConsole { client async throws in
            #expect(try await client.post("/loadtest/load", #"{"load":7}"#).status == .conflict)
            #expect(try await client.post("/loadtest/stop").status == .ok)
        }
    }

    @Test func `why a run could not be done is told, until the next one`() async throws {
        let test = PlayedTest()
        await test.fail(.unreachable(target: "http://127.0.0.1:7860", reason: "connection refused"))
        try await withConsole(test) { client async throws in
            _ = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
            let state = try await client.state { !isRunning($0) }
            #expect((state["trouble"] as? String)?.contains("connection refused") == true)
            await test.fail(nil)
            let again = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
            #expect(try again.object["trouble"] == nil)
        }
    }

    @Test func `the number of kept runs is limited`() async throws {
        var configuration = testConsole()
        configuration.runLimit = 2
        try await withConsole(PlayedTest(), configuration) { client async throws in
            for run in 1...3 {
                _ = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
                _ = try await client.state { phase($0) == "measuring" }
                _ = try await client.post("/loadtest/stop")
                _ = try await client.state { !isRunning($0) && ($0["runs"] as? [String])?.last == "run-\(run)" }
            }
            #expect(try await client.get("/loadtest/state").object["runs"] as? [String] == ["run-2", "run-3"])
            #expect(try await client.get("/loadtest/runs/run-1/summary.json").status == .notFound)
        }
    }

    @Test func `a run's files are downloads that can't act in the console's name`() async throws {
        try await withConsole { client async throws in
            #expect(try await client.get("/loadtest/runs/now/report.html").status == .notFound)
            _ = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
            _ = try await client.state { phase($0) == "measuring" }
            _ = try await client.post("/loadtest/stop")
            _ = try await client.state { !isRunning($0) }
            for name in LoadReport.fileNames {
                let answer = try await client.get("/loadtest/runs/run-1/\(name)")
                #expect(answer.status == .ok)
                #expect(answer.headers[.contentDisposition] == "attachment; filename=\"run-1-\(name)\"")
                #expect(answer.headers[.contentSecurityPolicy]?.hasPrefix("sandbox") == true)
            }
            #expect(try await client.get("/loadtest/runs/run-1/passwd").status == .notFound)
            #expect(try await client.get("/loadtest/runs/now/summary.json").status == .ok)
        }
    }

    @Test func `a shutdown ends the current run with its summary`() async throws {
        let test = PlayedTest()
        try await withConsole(test) { client async throws in
            _ = try await client.post("/loadtest/start", #"{"shape":"planned"}"#)
            _ = try await client.state { phase($0) == "measuring" }
        }
        #expect(await test.summary != nil)
    }
}
