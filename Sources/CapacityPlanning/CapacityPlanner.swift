import Foundation
import LoadGeneration
import LoadTesting

/// Finds the smallest fleet that meets the objectives by simulating fleets of several sizes.
///
/// More instances never make it worse, so the size is found by doubling and bisection; each size gets the same arrivals.
package struct CapacityPlanner {
    private let question: CapacityQuestion
    private let demand: ServiceDemand
    private var points: [Int: PlanPoint] = [:]

    /// Makes a planner. Errors: the question makes no sense.
    package init(_ question: CapacityQuestion, demand: ServiceDemand) throws(PlanError) {
        guard question.targetRate > 0, question.targetRate.isFinite else {
            throw PlanError("--target-qps must be above 0")
        }
        guard question.coresEach >= 1, question.coresEach <= 1024 else {
            throw PlanError("--instance-cores must be between 1 and 1024")
        }
        guard question.failures >= 0, question.failures < question.maximumInstances else {
            throw PlanError("--failures must be at least 0 and below --max-instances (\(question.maximumInstances))")
        }
        var question = question
        question.objectives.removeAll { $0.metric == .throughput }
        guard !question.objectives.isEmpty else {
            throw PlanError("a plan needs an objective other than qps, such as --slo p95=3s")
        }
        self.question = question
        self.demand = demand
    }

    /// The fewest instances whose cores can do the work, without those that fail.
    private var fewest: Int {
        let cores = question.targetRate * demand.coreSeconds
        return max(1, Int((cores / Double(question.coresEach)).rounded(.up)))
    }

    /// Makes the plan. Blocks for seconds; not to be called on the cooperative pool.
    ///
    /// `progress` is told how many instances are being simulated. Errors: the work alone needs more than `maximumInstances`.
    package mutating func plan(progress: (Int) -> Void = { _ in }) throws(PlanError) -> CapacityPlan {
        let least = fewest + question.failures
        guard least <= question.maximumInstances else {
            throw PlanError(
                "the work alone fills \(least) instances, more than --max-instances (\(question.maximumInstances)); "
                    + "use larger instances (--instance-cores) or raise --max-instances")
        }
        let answer = smallest(from: least, progress)
        simulateNeighbours(of: answer ?? least, least: least, progress)
        return result(answer)
    }

    /// The plan for exactly this number of instances.
    package mutating func evaluate(instances: Int) -> CapacityPlan {
        let holds = point(instances).verdict == .passed
        return result(holds ? instances : nil)
    }

    private mutating func smallest(from least: Int, _ progress: (Int) -> Void) -> Int? {
        var failing = least - 1, passing = least
        var step = 1
        while !holds(passing, progress) {
            guard passing < question.maximumInstances, !isHopeless(passing) else { return nil }
            failing = passing
            passing = min(question.maximumInstances, passing + step)
            step *= 2
        }
        // A thousandth of a large fleet is nearer than the figures are certain.
        while passing - failing > max(1, passing / 1000) {
            let middle = failing + (passing - failing) / 2
            if holds(middle, progress) { passing = middle } else { failing = middle }
        }
        return passing
    }

    /// Whether more instances cannot help: no request waits, and yet an objective is missed.
    private func isHopeless(_ instances: Int) -> Bool {
        guard let point = points[instances] else { return false }
        return point.utilization < 0.02 && instances > 4 * (fewest + question.failures)
    }

    private mutating func holds(_ instances: Int, _ progress: (Int) -> Void) -> Bool {
        if points[instances] == nil { progress(instances) }
        return point(instances).verdict == .passed
    }

    /// Sizes around the result, for the chart.
    private mutating func simulateNeighbours(of answer: Int, least: Int, _ progress: (Int) -> Void) {
        let spread = max(1, (answer + 15) / 16)
        for offset in [-3, -2, -1, 1, 2, 4] {
            let instances = answer + offset * spread
            guard instances >= max(question.failures + 1, least - spread), instances <= question.maximumInstances else {
                continue
            }
            if points[instances] == nil { progress(instances) }
            _ = point(instances)
        }
    }

    private mutating func point(_ instances: Int) -> PlanPoint {
        if let point = points[instances] { return point }
        let design = FleetDesign(
            instances: instances, coresEach: question.coresEach, rate: question.targetRate, work: demand.work,
            overhead: demand.overhead, maximumWait: question.maximumWait, waitingJobs: question.waitingJobs,
            failures: question.failures)
        // Each instance needs enough arrivals to vary, and each percentile enough requests to be proven.
        let measured = max(question.leastRequests, question.requestsPerInstance * instances, requestsToProve)
        let run = FleetSimulation.run(
            design, warmUp: max(measured / 4, question.requestsPerInstance * instances / 2), measured: measured,
            seed: question.seed)
        let point = PlanPoint(instances: instances, run: run, objectives: question.objectives, memory: memoryEach)
        points[instances] = point
        return point
    }

    private var requestsToProve: Int {
        question.objectives.map { objective in
            guard case .percentile(let percent) = objective.metric else { return 0 }
            return min(1_000_000, 10 * EarlyStopping.requestsNeeded(quantile: percent / 100, overLimit: 0))
        }.max() ?? 0
    }

    private var memoryEach: Double? { question.memoryEach ?? demand.residentBytes }

    private func result(_ answer: Int?) -> CapacityPlan {
        CapacityPlan(
            targetRate: question.targetRate, objectives: question.objectives, failures: question.failures, instances: answer,
            coresEach: question.coresEach, cores: answer.map { $0 * question.coresEach }, memoryEach: memoryEach,
            memory: answer.flatMap { count in memoryEach.map { $0 * Double(count) } },
            fewestConceivable: fewest, coreSeconds: demand.coreSeconds, coreSecondsFrom: demand.origin, overhead: demand.overhead,
            points: points.values.sorted { $0.instances < $1.instances }, remarks: demand.remarks + remarks(answer))
    }

    private func remarks(_ answer: Int?) -> [String] {
        var remarks: [String] = []
        if question.coresEach != demand.cores {
            remarks.append(
                "The load test measured an instance of \(demand.cores) cores; the plan assumes that a core of a \(question.coresEach)-core instance does the same work."
            )
        }
        if question.failures > 0, let lost = points[answer ?? -1]?.lost {
            remarks.append(
                "Requests in flight on the failed instances are lost (\(lost) in this simulation); the objectives are "
                    + "judged without them, on the remaining instances.")
        }
        if let away = points[answer ?? -1]?.errorRate, away >= 0.001,
            !question.objectives.contains(where: { $0.metric == .errors })
        {
            remarks.append(
                "\(Decimals.text(away * 100, places: 1)) % of the requests are rejected at this size; "
                    + "add an objective such as errors=0.1% to plan for fewer.")
        }
        if answer == nil {
            remarks.append(
                "No fleet of the sizes tried meets the objectives: a single request takes too long, or too much memory.")
        }
        return remarks
    }
}

extension PlanPoint {
    /// Judges a simulated fleet as a step of a load test is judged.
    init(instances: Int, run: FleetSimulation.Result, objectives: [Objective], memory: Double?) {
        var collector = StepCollector(
            labels: run.window.labels, conditions: StepConditions(label: "\(instances) instances", started: .distantPast))
        collector.add(run.window, seconds: run.seconds)
        var resources = ResourceUse()
        resources.cores = 1
        resources.cpuPercent = .init(mean: 100 * run.utilization, maximum: 100 * run.utilization)
        resources.residentBytes = memory.map { .init(mean: $0, maximum: $0) }
        let step = collector.summary(objectives: objectives, resources: resources)
        self.init(
            instances: instances, utilization: run.utilization, throughput: step.throughput, errorRate: step.counts.errorRate,
            mean: step.service.mean, p50: step.service.seconds(50) ?? 0, p95: step.service.seconds(95) ?? 0,
            p99: step.service.seconds(99) ?? 0, lost: run.lost, verdict: step.verdict ?? .unproven, objectives: step.objectives)
    }
}
