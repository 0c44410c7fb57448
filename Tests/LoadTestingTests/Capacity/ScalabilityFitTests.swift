import LoadGeneration
import LoadTestFixtures
import LoadTesting
import Testing

struct ScalabilityFitTests {
    static let laws = [
        ScalabilityLaw(lambda: 7, sigma: 0.02, kappa: 0.0005), ScalabilityLaw(lambda: 1000, sigma: 0.3, kappa: 1e-6),
        ScalabilityLaw(lambda: 0.5, sigma: 0, kappa: 0.01), ScalabilityLaw(lambda: 3, sigma: 0.1, kappa: 0),
        ScalabilityLaw(lambda: 2, sigma: 0, kappa: 0), ScalabilityLaw(lambda: 4, sigma: 1, kappa: 0),
    ]
    private let levels = [1.0, 2, 5, 10, 20, 50, 100]

    @Test(arguments: laws) func `the fit recovers a law from its own figures`(law: ScalabilityLaw) throws {
        let fit = try #require(ScalabilityFit(users: levels, throughput: levels.map(law.throughput(users:))))
        #expect(abs(fit.law.lambda - law.lambda) < 1e-6 * law.lambda)
        #expect(abs(fit.law.sigma - law.sigma) < 1e-6 && abs(fit.law.kappa - law.kappa) < 1e-8)
        #expect(fit.residuals.allSatisfy { abs($0) < 1e-6 * law.lambda })
    }

    @Test func `noise changes the fit little and shows in R²`() throws {
        let law = Self.laws[0]
        for seed in 1...10 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            let noisy = levels.map { law.throughput(users: $0) * (1 + 0.02 * random.normal()) }
            let fit = try #require(ScalabilityFit(users: levels, throughput: noisy))
            #expect(fit.rSquared > 0.98 && fit.rSquared < 1 && fit.isTrustworthy)
            #expect(abs(fit.law.lambda / law.lambda - 1) < 0.1)
            let peak = try #require(fit.peakUsers)
            #expect((30...60).contains(peak), "\(peak)")  // truly 44
        }
    }

    @Test func `no law near it has smaller squares`() throws {
        var random = SeededRandom(seed: 3)
        let measured = levels.map { 5 * $0 / (1 + 0.05 * $0) * (1 + 0.1 * random.normal()) }
        let fit = try #require(ScalabilityFit(users: levels, throughput: measured))
        func squares(_ law: ScalabilityLaw) -> Double {
            zip(levels, measured).reduce(0) { sum, point in
                let error = point.1 - law.throughput(users: point.0)
                return sum + error * error
            }
        }
        let least = squares(fit.law)
        for lambda in [0.97, 0.999, 1, 1.001, 1.03] {
            for sigma in [-0.01, -0.0001, 0, 0.0001, 0.01] {
                for kappa in [0, 1e-6, 1e-4] {
                    let near = ScalabilityLaw(
                        lambda: fit.law.lambda * lambda, sigma: min(1, max(0, fit.law.sigma + sigma)),
                        kappa: fit.law.kappa + kappa)
                    #expect(squares(near) >= least * (1 - 1e-9))
                }
            }
        }
    }

    @Test func `too few steps have no fit`() {
        #expect(ScalabilityFit(users: [1, 2, 3], throughput: [1, 2, 3]) == nil)
        #expect(ScalabilityFit(users: [1, 1, 2, 2, 3, 3], throughput: [1, 1, 2, 2, 3, 3]) == nil)
        #expect(ScalabilityFit(users: [1, 2, 3, 4], throughput: [1, 2, 0, 4]) == nil)
    }

    @Test func `four steps have an unreliable fit`() throws {
        let fit = try #require(ScalabilityFit(users: [1, 2, 4, 8], throughput: [1, 1.9, 3.4, 5.5]))
        #expect(!fit.isTrustworthy)
    }

    @Test func `figures that follow no law have no reliable fit`() throws {
        let fit = try #require(ScalabilityFit(users: [1, 2, 3, 4, 5, 6], throughput: [5, 1, 6, 1, 7, 1]))
        #expect(!fit.isTrustworthy && fit.rSquared < 0.5)
    }

    @Test func `the peak and the way to it are as the law says`() throws {
        let law = ScalabilityLaw(lambda: 10, sigma: 0.19, kappa: 0.01)
        #expect(abs(try #require(law.peakUsers) - 9) < 1e-9)
        let knee = try #require(law.users(reaching: 0.9))
        #expect(abs(law.throughput(users: knee) / (law.highestThroughput ?? 0) - 0.9) < 1e-9 && knee < 9)
        #expect(ScalabilityLaw(lambda: 1, sigma: 0, kappa: 0).users(reaching: 0.9) == nil)
        #expect(ScalabilityLaw(lambda: 1, sigma: 0.5, kappa: 0).highestThroughput == 2)
    }
}

struct CapacitySummaryTests {
    private let p95 = Objective(.percentile(95), 3)

    /// One core that does a picture in 0.1 s, with users that do not wait.
    private func fullService(_ levels: [Int], cpu: Double? = nil, failed: Int = 0) -> [StepSummary] {
        levels.map { users in
            .of(
                users: users, milliseconds: Array(repeating: 100 * Double(users), count: 600), failed: failed, objectives: [p95],
                resources: cpu.map(ResourceUse.oneCore), unloadedLatency: 0.1)
        }
    }

    @Test func `a service with saturated CPU is limited by it, and its knee is found`() {
        let capacity = CapacitySummary(steps: fullService([1, 2, 5, 10, 20, 50], cpu: 97))
        #expect(capacity.limit == .cpu && capacity.kneeUsers == 1)
        #expect(capacity.recommendedUsers == 1 || capacity.recommendedUsers == 20)
        #expect(capacity.statements.contains { $0.contains("CPU is the limit") })
    }

    @Test func `the most users that meet the objective are recommended`() {
        let steps = [5, 10, 20, 50].map { users in
            StepSummary.of(
                users: users, milliseconds: Array(repeating: 80 * Double(users), count: users * 30), objectives: [p95])
        }
        let capacity = CapacitySummary(steps: steps)
        #expect(capacity.recommendedUsers == 20 && capacity.recommendedThroughput == 10)
        #expect(capacity.fit != nil && capacity.fitProblem == nil)
    }

    @Test func `a passing step beyond a failing one is not recommended`() {
        let fast = StepSummary.of(users: 50, milliseconds: Array(repeating: 10, count: 100), objectives: [p95])
        let slow = StepSummary.of(users: 20, milliseconds: Array(repeating: 4000, count: 100), objectives: [p95])
        #expect(CapacitySummary(steps: [fast, slow]).recommendedUsers == nil)
    }

    @Test func `think time is never called capacity`() {
        let steps = [10, 20, 50].map { users in
            StepSummary.of(
                users: users, seconds: 60, wait: 2, milliseconds: Array(repeating: 100, count: users * 60 * 10 / 21),
                unloadedLatency: 0.1)
        }
        let capacity = CapacitySummary(steps: steps)
        #expect(capacity.limit == .thinkTime && capacity.kneeUsers == nil)
        #expect(capacity.statements.contains { $0.contains("does not measure its capacity") })
    }

    @Test func `the generator is the limit when it is invalid, and errors when there are many`() {
        var slow = GeneratorHealth()
        slow.complaints = ["it was late"]
        #expect(CapacitySummary(steps: [.of(milliseconds: [1], generator: slow)]).limit == .generator)
        #expect(CapacitySummary(steps: fullService([1, 2, 5], failed: 30)).limit == .errors)
        #expect(CapacitySummary(steps: fullService([1, 2, 5])).limit == .unknown)
    }

    @Test func `arrivals that all succeed show that the load is the limit`() {
        let step = StepSummary.of(users: nil, rate: 10, seconds: 10, milliseconds: Array(repeating: 5, count: 100))
        let capacity = CapacitySummary(steps: [step])
        #expect(capacity.limit == .load && capacity.fitProblem == "the law describes users, but the load was given as arrivals")
    }

    @Test func `without steps nothing is claimed`() {
        let capacity = CapacitySummary(steps: [])
        #expect(capacity.fit == nil && capacity.recommendedUsers == nil && capacity.kneeUsers == nil)
    }
}
