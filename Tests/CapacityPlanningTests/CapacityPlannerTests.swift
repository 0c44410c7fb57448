import CapacityPlanning
import Foundation
import LoadTesting
import Testing

struct CapacityPlannerTests {
    private let p95 = Objective(.percentile(95), 3)

    private func plan(
        rate: Double, work: Double = 0.4, failures: Int = 0, cores: Int = 1, objectives: [Objective]? = nil, cpu: Bool = true,
        _ change: (inout CapacityQuestion) -> Void = { _ in }
    ) throws -> CapacityPlan {
        let demand = try ServiceDemand(of: .example(work: work, cpu: cpu))
        var question = CapacityQuestion(
            targetRate: rate, objectives: objectives ?? [p95], failures: failures, coresEach: cores)
        question.leastRequests = 1500
        question.requestsPerInstance = 10
        change(&question)
        var planner = try CapacityPlanner(question, demand: demand)
        return try planner.plan()
    }

    @Test func `the smallest fleet that keeps the objectives is found`() throws {
        let plan = try plan(rate: 20)
        let instances = try #require(plan.instances)
        #expect(plan.fewestConceivable == 8 && (8...12).contains(instances))
        #expect(plan.cores == instances && plan.memory == Double(instances) * 300e6)
        #expect(plan.answer?.verdict == .passed && plan.answer.map { $0.p95 <= 3 } == true)
        for point in plan.points where point.instances < instances { #expect(point.verdict != .passed) }
    }

    @Test func `a hundred requests a second need some forty cores`() throws {
        let instances = try #require(try plan(rate: 100).instances)
        #expect((40...46).contains(instances), "\(instances)")
    }

    @Test func `a tighter limit takes more instances`() throws {
        let loose = try #require(try plan(rate: 20).instances)
        let tight = try #require(try plan(rate: 20, objectives: [Objective(.percentile(99), 0.6)]).instances)
        #expect(tight > loose)
    }

    @Test func `instances that may fail are added`() throws {
        let sound = try #require(try plan(rate: 20).instances)
        let robust = try plan(rate: 20, failures: 2)
        #expect(abs((robust.instances ?? 0) - sound - 2) <= 1)
        #expect(robust.remarks.contains { $0.contains("on the failed instances are lost") })
    }

    @Test func `larger instances need fewer, and the assumption is stated`() throws {
        let plan = try plan(rate: 20, cores: 4)
        #expect((2...3).contains(plan.instances ?? 0) && plan.cores == 4 * (plan.instances ?? 0))
        #expect(plan.remarks.contains { $0.contains("4-core instance does the same work") })
    }

    @Test func `memory and processor are objectives too`() throws {
        let half = try plan(rate: 20, objectives: [p95, Objective(.cpu, 50), Objective(.throughput, 5)])
        #expect(abs((half.instances ?? 0) - 16) <= 1)
        #expect(half.objectives.map(\.metric) == [.percentile(95), .cpu])
        let impossible = try plan(rate: 20, objectives: [p95, Objective(.residentBytes, 100e6)])
        #expect(impossible.instances == nil && impossible.remarks.contains { $0.hasPrefix("No fleet") })
    }

    @Test func `a request that takes longer than the limit alone has no fleet`() throws {
        #expect(try plan(rate: 2, objectives: [Objective(.percentile(95), 0.1)]).instances == nil)
    }

    @Test func `a fleet above the limit is refused with its size`() throws {
        let error = try #require(throws: PlanError.self) { try plan(rate: 1000) { $0.maximumInstances = 100 } }
        #expect(error.description.contains("fills 400 instances"))
    }

    @Test func `invalid questions are refused`() throws {
        for change in [
            { (question: inout CapacityQuestion) in question.targetRate = 0 }, { $0.targetRate = .infinity },
            { $0.coresEach = 0 },
            { $0.failures = -1 }, { $0.objectives = [Objective(.throughput, 5)] },
        ] {
            #expect(throws: PlanError.self) { try plan(rate: 10, change) }
        }
    }

    @Test func `hundreds of instances are planned too`() throws {
        let plan = try plan(rate: 400, work: 0.5) { $0.requestsPerInstance = 5 }
        #expect((200...215).contains(plan.instances ?? 0), "\(plan.instances ?? 0)")
    }

    @Test func `the text has the answer, a table with bars and the basis`() throws {
        let text = PlanText(try plan(rate: 20, failures: 1)).text
        #expect(text.contains("20.0 requests a second with p95 ≤ 3.00 s, also with 1 of them dead:"))
        #expect(text.contains("cores, ") && text.contains("GB of memory") && text.contains("█") && text.contains(" ◀"))
        #expect(text.contains("0.400 core-seconds of work (processor time ÷ throughput)"))
    }

    @Test func `the chart is XML that a parser takes`() throws {
        let chart = PlanChart(try plan(rate: 20))
        #expect(chart.svg.hasPrefix("<svg") && chart.html.contains("<svg"))
        for colour in ["#2563eb", "#7c3aed", "#d97706"] { #expect(chart.svg.contains(colour)) }
        #expect(!chart.svg.contains("nan") && !chart.svg.contains("inf"))
        #expect(balancedTags(chart.svg))
    }

    private func balancedTags(_ text: String) -> Bool {
        var open: [String] = []
        for tag in text.split(separator: "<") {
            guard let end = tag.firstIndex(of: ">") else { return false }
            let inside = tag[..<end], name = String(inside.drop { $0 == "/" }.prefix { $0.isLetter })
            if inside.hasPrefix("/") {
                if open.popLast() != name { return false }
            } else if !inside.hasSuffix("/") {
                open.append(name)
            }
        }
        return open.isEmpty
    }
}

struct ServiceDemandTests {
    @Test func `work is processor time over throughput, whatever the load`() throws {
        let demand = try ServiceDemand(of: .example(work: 0.4, cpu: true))
        #expect(demand.origin == .processorTime && abs(demand.coreSeconds - 0.4) < 1e-6)
        #expect(abs(demand.overhead - 0.05) < 0.001 && demand.residentBytes == 300e6 && demand.cores == 1)
        #expect(abs(demand.work.mean - 0.4) < 1e-6)
    }

    @Test func `without processor time the lightest step has to do, and that is said`() throws {
        let demand = try ServiceDemand(of: .example(work: 0.4, cpu: false))
        #expect(demand.origin == .lightestStep && abs(demand.coreSeconds - 0.45) < 0.001 && demand.overhead == 0)
        #expect(demand.remarks.contains { $0.contains("--pid or --metrics") })
    }

    @Test func `an invalid run and one without successes are refused`() throws {
        var late = LoadTestSummary.example(work: 0.4, cpu: true)
        late.generator.complaints = ["it was late"]
        #expect(throws: PlanError.self) { try ServiceDemand(of: late) }
        var empty = LoadTestSummary.example(work: 0.4, cpu: true)
        empty.steps = []
        #expect(throws: PlanError.self) { try ServiceDemand(of: empty) }
    }
}
