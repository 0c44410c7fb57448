import Foundation
import LoadGeneration
import LoadTestFixtures
import LoadTesting

/// A run that never happened: users against a service whose figures are computed, the same each time.
struct MadeUpRun {
    var users = [5, 10, 20, 30, 50]
    var secondsPerStep = 30
    var objectives = [Objective(.percentile(95), 3), Objective(.errors, 0.01)]
    var url = "http://127.0.0.1:7860"
    var label = RequestLabel(method: "POST", name: "/api/predict/")
    /// What failures say.
    var sample = #"{"detail":"the queue is full, 请稍后再试"}"#
    /// Answers a second that the service can give at most.
    var capacity = 9.6
    /// Seconds that an answer takes when nobody else asks.
    var latency = 0.55
    /// The whole of a run that fails at 50 users, made once.
    static let full = MadeUpRun().summary

    let wait = 2.0
    let started = Date(timeIntervalSince1970: 1_790_000_000)

    /// The whole of it.
    var summary: LoadTestSummary {
        var random = SeededRandom(seed: 7)
        var steps: [StepSummary] = [], timeline: [TimelinePoint] = []
        var all = WindowCounts(labels: [label])
        var clock = 0
        for (index, count) in users.enumerated() {
            for second in 0..<4 {
                let window = window(users: count * (second + 1) / 4, second: clock, &random)
                timeline.append(point(window, second: clock, step: nil, users: count * (second + 1) / 4))
                clock += 1
            }
            let conditions = StepConditions(
                label: "\(count) users", users: count, started: started + Double(clock),
                startedUptime: UInt64(clock) * 1_000_000_000,
                droppedSeconds: 4, meanWait: wait)
            var collector = StepCollector(labels: [label], conditions: conditions)
            for _ in 0..<secondsPerStep {
                let window = window(users: count, second: clock, &random)
                collector.add(window, seconds: 1)
                all.merge(window)
                timeline.append(point(window, second: clock, step: index, users: count))
                clock += 1
            }
            steps.append(
                collector.summary(
                    objectives: objectives, resources: resources(users: count), generator: health,
                    unloadedLatency: steps.first?.service.mean))
        }
        return LoadTestSummary(
            id: "2026-09-21T14-13-20-7f3a", started: started, ended: started + Double(clock),
            command: [
                "sakuga", "loadtest", url, "--steps", users.map(String.init).joined(separator: ","), "--step-time", "30s",
                "--wait", "1..3", "--slo", "p95=3s,errors=1%",
            ],
            target: TargetSummary(url: url, httpVersion: "HTTP/1.1", server: "sakuga", processes: [4711, 4713]),
            environment: EnvironmentSummary(
                host: "bench-1", system: "Linux 6.1", cores: 2, processor: "AMD EPYC 7B13", memoryBytes: 24_000_000_000,
                version: "1.0"),
            load: LoadSummary(
                model: "closed", shape: "steps of 5, 10, 20, 30, 50 users, 34 s each", wait: "between 1 s and 3 s", spawnRate: 10),
            payload: PayloadSummary(images: 4, api: "gradio", meanBytes: 181_000, originalMeanBytes: 2_400_000, isUnique: true),
            steps: steps, requests: RequestSummary.of(all, seconds: Double(secondsPerStep * users.count)),
            total: RequestSummary.total(of: all, seconds: Double(secondsPerStep * users.count)),
            failures: FailureSummary.of(all, started: started, startedUptime: 0), timeline: timeline, objectives: objectives,
            verdict: RunVerdict(steps: steps, objectives: objectives, generator: health), capacity: CapacitySummary(steps: steps),
            generator: health,
            notes: ["The service was started for this test and had answered one request before."])
    }

    /// Response time and throughput of `users` by the law of a single queue.
    private func model(users: Int) -> (latency: Double, rate: Double) {
        let free = Double(users) / (latency + wait)
        let rate = free / (1 + pow(free / capacity, 6)).squareRoot().squareRoot().squareRoot().squareRoot()
        let bounded = min(rate, capacity * 0.985)
        return (max(latency * (1 + 0.5 * pow(bounded / capacity, 3)), Double(users) / bounded - wait), bounded)
    }

    private func window(users: Int, second: Int, _ random: inout SeededRandom) -> WindowCounts {
        var window = WindowCounts(labels: [label])
        let (latency, rate) = model(users: users)
        let count = Int(rate) + (random.unit() < rate - Double(Int(rate)) ? 1 : 0)
        for _ in 0..<count {
            let spread = 0.72 + 0.25 * -log(1 - random.unit() * 0.98)
            let failed = users >= 50 && random.unit() < 0.06
            let taken = failed ? 0.004 : latency * spread
            let end = UInt64(second) * 1_000_000_000 + UInt64(random.unit() * 1e9)
            let record = RequestRecord(
                start: end &- UInt64(taken * 1e9), end: end, outcome: failed ? .failed(.status(503)) : .succeeded,
                bytesSent: 181_000,
                bytesReceived: failed ? 120 : 420_000)
            window.record(record) { sample }
        }
        window.started = count
        return window
    }

    private func point(_ window: WindowCounts, second: Int, step: Int?, users: Int) -> TimelinePoint {
        var point = TimelinePoint(
            time: started.timeIntervalSince1970 + Double(second + 1), seconds: 1, step: step, users: users,
            inFlight: min(users, users / 2 + 1),
            window: window)
        let busy = model(users: max(1, users)).rate / capacity
        point.cpuPercent = 200 * busy * (0.96 + 0.04 * sin(Double(second)))
        point.residentBytes = 310e6 + 90e6 * busy + 2e6 * sin(Double(second) / 5)
        point.queueLength = users > 20 ? Double(users - 22) : 0
        point.generatorCpuPercent = 3 + Double(users) / 12
        point.lag = 0.0004
        return point
    }

    private func resources(users: Int) -> ResourceUse {
        var use = ResourceUse()
        let busy = model(users: users).rate / capacity
        use.cpuPercent = .init(mean: 200 * busy * 0.97, maximum: 200 * busy)
        use.cores = 2
        use.residentBytes = .init(mean: 310e6 + 90e6 * busy, maximum: 312e6 + 90e6 * busy)
        use.queueLength = .init(mean: users > 20 ? Double(users - 22) : 0, maximum: users > 20 ? Double(users - 20) : 0)
        return use
    }

    private var health: GeneratorHealth {
        var health = GeneratorHealth()
        health.cpuPercent = .init(mean: 4, maximum: 7.5)
        health.lag = .init(mean: 0.0003, maximum: 0.0021)
        return health
    }
}
