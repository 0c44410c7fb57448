import LoadGeneration
import LoadTesting
import Testing

@Suite struct PlanTests {
    @Test func `a step must leave time to measure after spawning and warm-up`() throws {
        var plan = try Self.plan(.steps([.users(10), .users(50)], seconds: 5))
        _ = try LoadTest(plan: plan)
        plan.spawnRate = 10
        let error = #expect(throws: LoadTestError.self) { try LoadTest(plan: plan) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("Stage '50 users' lasts 5 s, of which 6 s are excluded"))
    }

    @Test func `users and rates do not mix`() throws {
        let shape = LoadShape(kind: .stages, stages: [LoadStage(.users(1), seconds: 10), LoadStage(.rate(1), seconds: 10)])
        #expect(throws: LoadTestError.self) { try LoadTest(plan: try Self.plan(shape)) }
    }

    @Test func `a search needs objectives`() throws {
        #expect(throws: LoadTestError.self) {
            try LoadTest(plan: try Self.plan(.findMaximum(startingAt: .users(1), seconds: 10)))
        }
    }

    @Test(arguments: [
        ("none", WaitTime.none), ("2s", .constant(2)), ("500ms", .constant(0.5)), ("1..3", .between(1, 3)),
        ("1s..3s", .between(1, 3)),
        ("pacing:5s", .pacing(5)), ("pacing 5", .pacing(5)),
    ])
    func `wait times are parsed`(_ text: String, _ wait: WaitTime) { #expect(Quantity.wait(text) == wait) }

    @Test(arguments: ["", "soon", "3..1", "-1", "1..", "pacing:0", "1e3s", "nan"])
    func `invalid wait times are refused`(_ text: String) { #expect(Quantity.wait(text) == nil) }

    @Test func `shapes have a text`() {
        #expect(LoadShape.steps([.users(5), .users(10)], seconds: 60).text == "steps 5, 10 users, 60 s each")
        #expect(LoadShape.steady(.rate(2.5), seconds: nil).text == "2.5/s, until stopped")
        #expect(LoadShape.spike(base: .users(2), peak: .users(20), seconds: 90).stages.map(\.seconds) == [30, 30, 30])
        #expect(LoadShape.soak(.users(2), seconds: 3_600).seconds == 3_600)
    }

    private static func plan(_ shape: LoadShape) throws -> LoadPlan {
        var plan = LoadPlan(target: try LoadTarget("http://127.0.0.1:1"), shape: shape)
        plan.requests = [RequestTemplate(name: "/", path: "/")]
        return plan
    }
}
