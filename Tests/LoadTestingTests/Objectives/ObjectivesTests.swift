import LoadTestFixtures
import LoadTesting
import Testing

struct ObjectivesTests {
    @Test func `objectives are parsed`() throws {
        let objectives = try Objectives.parse("p95=3s,errors=1%,qps=8,cpu=90%,rss=500MB")
        #expect(
            objectives == [
                Objective(.percentile(95), 3), Objective(.errors, 0.01), Objective(.throughput, 8), Objective(.cpu, 90),
                Objective(.residentBytes, 500e6),
            ])
    }

    @Test(arguments: [
        ("p50=300ms", Objective(.percentile(50), 0.3)), ("p99.9=1.5s", Objective(.percentile(99.9), 1.5)),
        ("mean=500us", Objective(.mean, 500e-6)), (" max = 10 s ", Objective(.maximum, 10)),
        ("rss=512MiB", Objective(.residentBytes, 536_870_912)),
        ("qps=2.5/s", Objective(.throughput, 2.5)), ("errors=0%", Objective(.errors, 0)),
        ("errors=5%:abort", Objective(.errors, 0.05, abortsRun: true)),
    ])
    func `every unit and flag is understood`(text: String, expected: Objective) throws {
        let objectives = try Objectives.parse(text)
        try #require(objectives.count == 1)
        #expect(objectives[0].metric == expected.metric && objectives[0].abortsRun == expected.abortsRun)
        #expect(abs(objectives[0].limit - expected.limit) <= 1e-12 * max(1, expected.limit))
    }

    @Test(arguments: [
        ("", "an objective is missing"), ("p95=3s,", "an objective is missing"), ("p95", "needs \"=\""),
        ("p95=3", "needs a unit, such as 3s"),
        ("p95=3x", "\"x\" is no unit of it, such as 3s"), ("p95=fast", "has to be a number"), ("p95=-1s", "has to be a number"),
        ("p95=0s", "less than a microsecond"), ("p95=2h", "no unit"), ("p95=4000s", "up to an hour"),
        ("p999=1s", "write p99.9 or max"),
        ("p100=1s", "between 0 and 100"), ("p0=1s", "between 0 and 100"), ("q95=1s", "there is no \"q95\""),
        ("errors=1", "needs a unit, such as 1%"),
        ("errors=101%", "no more than 100%"), ("cpu=0%", "above 0"), ("cpu=120%", "at most 100%"), ("qps=0", "above 0"),
        ("rss=500", "needs a unit"), ("p95=3s,p95=2s", "given twice"), ("p95=3s:stop", "only \"abort\""),
        ("p95=1e999s", "no unit"),
        ("p95=1.2.3s", "has to be a number"), ("p95=٣s", "has to be a number"),
    ])
    func `what is wrong is said, with what would be right`(text: String, problem: String) throws {
        let error = try #require(throws: ObjectiveError.self) { try Objectives.parse(text) }
        #expect(error.description.contains(problem), "\(error)")
    }

    @Test func `an objective is written as it is read`() throws {
        #expect(try Objectives.parse("p99.9=3s")[0].description == "p99.9 ≤ 3.00 s")
        #expect(try Objectives.parse("qps=8:abort")[0].description == "qps ≥ 8.00/s, else the run ends")
    }
}

struct VerdictTests {
    private let p95 = Objective(.percentile(95), 3)

    private func verdict(_ objective: Objective, _ milliseconds: [Double], failed: Int = 0, queued: Int = 0) -> ObjectiveVerdict {
        objective.verdict(of: .of(milliseconds: milliseconds, failed: failed, queued: queued))
    }

    @Test func `enough requests within the limit pass`() {
        #expect(verdict(p95, Array(repeating: 850, count: 59)).verdict == .passed)
        #expect(verdict(p95, Array(repeating: 850, count: 92) + [5000]).verdict == .passed)
    }

    @Test func `too few requests to claim it is an answer of its own`() {
        let few = verdict(p95, Array(repeating: 850, count: 58))
        #expect(few.verdict == .unproven && few.measured.map { abs($0 - 0.85) < 0.001 } == true)
        #expect(few.reason == "not enough samples to claim it: with 0 over the limit it takes 59 requests, and there were 58")
    }

    @Test func `a percentile over the limit fails`() {
        let slow = verdict(p95, Array(repeating: 850, count: 90) + Array(repeating: 4000, count: 10))
        #expect(slow.verdict == .failed && (slow.measured ?? 0) > 3.9 && slow.reason == "10 of 100 requests took longer")
    }

    @Test func `failed and queued requests count as exceeding every limit`() {
        let failed = verdict(p95, Array(repeating: 850, count: 1000), failed: 60, queued: 40)
        #expect(failed.verdict == .failed && failed.measured == nil)
        #expect(failed.reason == "100 of 1100 requests took longer (100 of them were not answered)")
        #expect(verdict(p95, Array(repeating: 850, count: 1000), failed: 20).verdict == .passed)
    }

    @Test func `figures that were not measured are unproven`() {
        #expect(verdict(Objective(.cpu, 90), [1]).verdict == .unproven)
        #expect(verdict(Objective(.residentBytes, 1e6), [1]).reason == "rss was not measured")
        #expect(verdict(p95, []).verdict == .unproven)
    }

    @Test func `CPU and memory objectives use the target's resource use`() {
        var resources = ResourceUse()
        resources.cores = 2
        resources.cpuPercent = .init(mean: 170, maximum: 200)
        resources.residentBytes = .init(mean: 4e8, maximum: 6e8)
        let step = StepSummary.of(
            milliseconds: [1], objectives: [Objective(.cpu, 90), Objective(.residentBytes, 5e8), Objective(.throughput, 8)],
            resources: resources)
        #expect(step.objectives.map(\.verdict) == [.passed, .failed, .failed])
        #expect(step.verdict == .failed)
    }

    @Test func `a run fails if a step does, is invalid if the generator was too slow, and says why`() {
        let good = StepSummary.of(milliseconds: Array(repeating: 1, count: 100), objectives: [p95])
        let bad = StepSummary.of(users: 20, milliseconds: Array(repeating: 4000, count: 100), objectives: [p95])
        let few = StepSummary.of(milliseconds: [1], objectives: [p95])
        var slow = GeneratorHealth()
        slow.complaints = ["it was late"]
        #expect(RunVerdict(steps: [good], objectives: [p95], generator: GeneratorHealth()).outcome == .passed)
        #expect(RunVerdict(steps: [good, few], objectives: [p95], generator: GeneratorHealth()).outcome == .unproven)
        #expect(RunVerdict(steps: [], objectives: [p95], generator: GeneratorHealth()).outcome == .unproven)
        #expect(RunVerdict(steps: [good], objectives: [], generator: GeneratorHealth()).outcome == .none)
        #expect(
            RunVerdict(steps: [good, bad], objectives: [p95], generator: slow)
                == RunVerdict(outcome: .invalid, reasons: ["it was late"]))
        let failed = RunVerdict(steps: [good, bad], objectives: [p95], generator: GeneratorHealth())
        #expect(failed.outcome == .failed && failed.reasons == ["20 users: p95 ≤ 3.00 s: 100 of 100 requests took longer"])
    }
}

/// Users who wait can't ask more often than N ÷ (R + Z): then a throughput that is missed is theirs.
struct ShortfallTests {
    private let objectives = [
        Objective(.percentile(95), 3), Objective(.errors, 0.01), Objective(.throughput, 8), Objective(.cpu, 90),
    ]

    /// 10 users who wait 2 s and get their answers in 0.5 s: 4 a second.
    private func step(
        users: Int = 10, wait: Double? = 2, milliseconds: Double = 500, count: Int = 240, failed: Int = 0, cpu: Double? = 40
    )
        -> StepSummary
    {
        .of(
            users: users, wait: wait, milliseconds: Array(repeating: milliseconds, count: count), failed: failed,
            objectives: objectives, resources: cpu.map(ResourceUse.oneCore))
    }

    @Test func `a throughput that think time prevents is not attributed to the target`() throws {
        let step = step(), missed = try #require(step.objectives.first { $0.verdict == .failed })
        #expect(
            missed.objective.metric == .throughput && missed.usersNeeded == 20 && step.isShortOfUsers && step.verdict == .failed)
        #expect(missed.reason.contains("think time is the limit, not the target"))
        #expect(
            missed.reason.contains(
                "10 users ÷ (0.500 s of latency + 2.00 s of wait) is 4.00 a second; at least 20 users"))
        let capacity = CapacitySummary(steps: [step])
        #expect(capacity.limit == .thinkTime && capacity.kneeUsers == nil && capacity.recommendedUsers == nil)
        #expect(capacity.statements.contains { $0.contains("at least 20 users") })
    }

    @Test func `fast responses compared with the think time are evidence enough`() {
        let quick = step(milliseconds: 100, count: 285, cpu: nil)
        #expect(quick.little?.limit == .thinkTime && quick.isShortOfUsers)
        let unknown = step(cpu: nil)
        #expect(!unknown.isShortOfUsers, "whether half a second is the target's best nobody knows")
        #expect(unknown.objectives.contains { $0.reason.contains("at least 20 users") && $0.reason.contains("--pid would tell") })
    }

    @Test func `a target that reaches the throughput with more users was not the limit with fewer`() {
        let steps = [step(cpu: nil), step(users: 25, count: 600, cpu: nil)]
        #expect(!steps[0].isShortOfUsers && steps.withShortfallsExplained.map(\.isShortOfUsers) == [true, false])
        #expect([steps[0], step(users: 12, count: 280, cpu: nil)].withShortfallsExplained.allSatisfy { !$0.isShortOfUsers })
    }

    @Test func `a target with saturated CPU, errors or another missed objective is not excused`() {
        #expect(!step(cpu: 88).isShortOfUsers)
        #expect(!step(count: 230, failed: 10).isShortOfUsers)
        #expect(!step(users: 20, milliseconds: 4000, count: 200).isShortOfUsers, "P95 is missed, too")
        #expect(!step(users: 20, milliseconds: 2900, count: 245).isShortOfUsers, "answers take longer than the wait")
    }

    @Test func `steps with too few users are skipped in the recommendation`() {
        let steps = [step(), step(users: 25, count: 600)]
        #expect(steps.map(\.verdict) == [.failed, .passed])
        #expect(CapacitySummary(steps: steps).recommendedUsers == 25)
    }
}
