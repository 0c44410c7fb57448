import LoadGeneration
import LoadTestFixtures
import LoadTesting
import Testing

/// Whole runs against a server on this machine; what is asserted holds however slow the machine is.
@Suite(.timeLimit(.minutes(5))) struct LoadTestTests {
    @Test func `a manual change of users starts a step of its own, and a stop gives a full summary`() async throws {
        let server = try await ScriptedServer { _ in [.send(ScriptedServer.response("{}"))] }
        let test = try Self.test(server, .steady(.users(2), seconds: nil))
        let running = Task { try await test.run() }
        var isChanged = false
        for await snapshot in await test.snapshots() {
            // Once: a snapshot of the first stage may still be waiting here when the second has begun.
            if !isChanged, snapshot.stage?.index == 0, snapshot.window.requests > 0 {
                try await test.setUsers(3, spawnRate: nil)
                isChanged = true
            }
            if snapshot.stage?.index == 1, snapshot.window.requests > 0 { break }
        }
        await test.stop()
        let summary = try await running.value
        #expect(summary.steps.map(\.users) == [2, 3])
        #expect(summary.steps.allSatisfy { $0.counts.succeeded > 0 && $0.counts.failed == 0 })
        #expect(await test.snapshot.phase == .finished)
        #expect(await test.summary?.id == summary.id)
        try await server.stop()
    }

    @Test func `one run at a time, and another one after it`() async throws {
        let server = try await ScriptedServer { _ in [.send(ScriptedServer.response("{}"))] }
        let test = try Self.test(server, .steady(.users(1), seconds: nil))
        let first = Task { try await test.run() }
        for await snapshot in await test.snapshots() where snapshot.window.requests > 0 { break }
        await #expect(throws: LoadTestError.alreadyRunning) { try await test.run() }
        await #expect(throws: LoadTestError.self) { try await test.setRate(5) }
        await test.stop()
        _ = try await first.value
        await #expect(throws: LoadTestError.notRunning) { try await test.setUsers(5) }
        let second = try await test.run(.steady(.users(2), seconds: 2))
        #expect(second.steps.map(\.users) == [2])
        try await server.stop()
    }

    @Test func `a target without a server is reported, and the test can be repeated`() async throws {
        let server = try await ScriptedServer { _ in [.send(ScriptedServer.response("{}"))] }
        // The port of a server that was stopped could be that of the next test's.
        let test = try Self.test(server, .steady(.users(1), seconds: 2)) { $0.target = try LoadTarget("http://127.0.0.1:1") }
        for _ in 0..<2 {
            let error = await #expect(throws: LoadTestError.self) { try await test.run() }
            guard case .unreachable(let target, _)? = error else {
                Issue.record("\(error.map { "\($0)" } ?? "no error")")
                continue
            }
            #expect(target.hasPrefix("http://127.0.0.1:"))
        }
        #expect(await test.snapshot.phase == .idle)
        try await server.stop()
    }

    @Test func `the target's metrics stand beside the figures`() async throws {
        let server = try await ScriptedServer { request in
            let text = "process_cpu_seconds_total 5\nprocess_resident_memory_bytes 1000\nsakuga_cores 2\nsakuga_queue_jobs 3\n"
            guard request.path == "/metrics" else { return [.send(ScriptedServer.response("{}"))] }
            return [.send(ScriptedServer.response(text, fields: "Connection: close\r\n"))]
        }
        let test = try Self.test(server, .steady(.users(1), seconds: 4)) {
            $0.monitor.metrics = try LoadTarget("http://127.0.0.1:\(server.port)/metrics")
        }
        let step = try #require(try await test.run().steps.first)
        #expect(step.resources?.residentBytes?.maximum == 1000)
        #expect(step.resources?.queueLength?.maximum == 3)
        #expect(step.resources?.cores == 2)
        try await server.stop()
    }

    @Test func `invalid metrics fail the test before it starts`() async throws {
        let server = try await ScriptedServer { _ in [.send(ScriptedServer.response("hello"))] }
        let test = try Self.test(server, .steady(.users(1), seconds: 2)) {
            $0.monitor.metrics = try LoadTarget("http://127.0.0.1:\(server.port)")
        }
        let error = await #expect(throws: LoadTestError.self) { try await test.run() }
        #expect("\(error.map { "\($0)" } ?? "")".contains("not in Prometheus' text format"))
        try await server.stop()
    }

    private static func test(
        _ server: ScriptedServer, _ shape: LoadShape, _ change: (inout LoadPlan) throws -> Void = { _ in }
    ) throws -> LoadTest {
        var plan = LoadPlan(target: try LoadTarget("http://127.0.0.1:\(server.port)"), shape: shape)
        plan.requests = [RequestTemplate(name: "/", path: "/")]
        plan.wait = .constant(0.01)
        plan.dropped = 0
        try change(&plan)
        return try LoadTest(plan: plan)
    }
}
