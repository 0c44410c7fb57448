import Foundation
package import LoadGeneration
package import LoadTesting

extension WindowCounts {
    /// A window of one request's, in which answers took so many milliseconds and so many failed.
    package static func of(
        milliseconds: [Double], failed: Int = 0, queued: Int = 0, cause: FailureCause = .status(503)
    ) -> WindowCounts {
        var window = WindowCounts(labels: [RequestLabel(method: "POST", name: "/api/predict")])
        func add(_ milliseconds: Double, _ outcome: RequestOutcome) {
            window.record(
                RequestRecord(
                    start: 1_000_000_000, end: 1_000_000_000 + UInt64(milliseconds * 1e6), outcome: outcome, bytesSent: 10,
                    bytesReceived: 20)
            ) { "sample" }
        }
        for value in milliseconds { add(value, .succeeded) }
        for _ in 0..<failed { add(1, .failed(cause)) }
        for _ in 0..<queued { add(2, .queued) }
        window.started = window.sum.ended
        return window
    }
}

extension StepSummary {
    /// A step of one user or more in which answers took so many milliseconds.
    package static func of(
        users: Int? = 10, rate: Double? = nil, seconds: Double = 60, wait: Double? = nil, milliseconds: [Double], failed: Int = 0,
        queued: Int = 0, objectives: [Objective] = [], resources: ResourceUse? = nil, generator: GeneratorHealth? = nil,
        unloadedLatency: Double? = nil
    ) -> StepSummary {
        var collector = StepCollector(
            labels: [RequestLabel(method: "POST", name: "/api/predict")],
            conditions: StepConditions(
                label: users.map { "\($0) users" } ?? "\(rate ?? 0)/s", users: users, rate: rate, started: .distantPast,
                droppedSeconds: 2, meanWait: wait))
        collector.add(.of(milliseconds: milliseconds, failed: failed, queued: queued), seconds: seconds)
        return collector.summary(
            objectives: objectives, resources: resources, generator: generator, unloadedLatency: unloadedLatency)
    }
}

extension ResourceUse {
    /// A target that used so much of one core, in per cent, all the time.
    package static func oneCore(busy percent: Double) -> ResourceUse {
        var use = ResourceUse()
        use.cores = 1
        use.cpuPercent = .init(mean: percent, maximum: percent)
        return use
    }
}
