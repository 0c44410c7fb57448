import Foundation
import LoadGeneration
import LoadTesting

extension LoadTestSummary {
    /// A test of one core on which a picture is `work` core-seconds and 50 ms beside it, with 1 and 2 users that wait a second.
    static func example(work: Double, cpu: Bool) -> LoadTestSummary {
        let label = RequestLabel(method: "POST", name: "/api/predict")
        let steps = [1, 2].map { users in
            var window = WindowCounts(labels: [label])
            for _ in 0..<100 * users {
                window.record(RequestRecord(start: 0, end: UInt64((work + 0.05) * 1e9), outcome: .succeeded))
            }
            var collector = StepCollector(
                labels: [label],
                conditions: StepConditions(
                    label: "\(users) users", users: users, started: Date(timeIntervalSince1970: 0), meanWait: 1))
            let seconds = 100 * (work + 1.05)
            collector.add(window, seconds: seconds)
            var resources = ResourceUse()
            resources.cores = 1
            let percent = 100 * work * Double(100 * users) / seconds
            resources.cpuPercent = .init(mean: percent, maximum: percent)
            resources.residentBytes = .init(mean: 250e6, maximum: 300e6)
            return collector.summary(objectives: [Objective(.percentile(95), 3)], resources: cpu ? resources : nil)
        }
        return LoadTestSummary(
            id: "example", started: Date(timeIntervalSince1970: 0), ended: Date(timeIntervalSince1970: 600),
            command: ["sakuga", "loadtest"], target: TargetSummary(url: "http://127.0.0.1:7860/"),
            environment: EnvironmentSummary(host: "host", system: "Linux", cores: 1, version: "1"),
            load: LoadSummary(model: "closed", shape: "steps"), steps: steps, requests: [], failures: [], timeline: [],
            objectives: [Objective(.percentile(95), 3)], verdict: RunVerdict(outcome: .passed), generator: GeneratorHealth())
    }
}
