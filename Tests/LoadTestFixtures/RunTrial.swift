import Foundation
import LoadGeneration
package import LoadTesting

/// A run that is driven by hand: time passes when the test says so, and each second brings what it says.
package struct RunTrial {
    /// What happens in a second.
    package struct Second {
        package var requests: Int
        package var milliseconds: UInt64
        package var failures: Int
        package var dropped: Int
        package var cpu: Double
        /// Milliseconds that the generator is late, each of the 20 times that it is looked at.
        package var lateness: [UInt64]
        package var target: TargetFigures?

        package init(
            requests: Int, milliseconds: UInt64, failures: Int = 0, dropped: Int = 0, cpu: Double = 5, lateness: [UInt64] = [],
            target: TargetFigures? = nil
        ) {
            self.requests = requests
            self.milliseconds = milliseconds
            self.failures = failures
            self.dropped = dropped
            self.cpu = cpu
            self.lateness = lateness
            self.target = target
        }
    }

    package var run: LoadRun
    package private(set) var now = Timestamp(uptime: 1_000_000_000, date: Date(timeIntervalSince1970: 1_000_000))
    package private(set) var actions: [LoadRun.Action] = []
    private var level = LoadLevel.users(0)
    private let plan: LoadPlan

    package init(_ shape: LoadShape, dropped: Double, _ change: (inout LoadPlan) -> Void = { _ in }) throws {
        var plan = LoadPlan(target: try LoadTarget("http://127.0.0.1:1"), shape: shape)
        plan.requests = [RequestTemplate(name: "/", path: "/")]
        plan.dropped = dropped
        plan.wait = .none
        change(&plan)
        self.plan = plan
        run = LoadRun(plan: plan, shape: shape, id: "trial", now: now)
    }

    /// Lets time pass until the run is over, or for so many seconds.
    package mutating func run(seconds: Double = 100_000, _ second: (LoadLevel) -> Second) {
        let end = now.adding(seconds)
        if actions.isEmpty { follow(run.advance(now)) }
        while actions.last != .finish, now.uptime < end.uptime {
            let next = run.nextTick, passed = next.seconds(since: now)
            now = next
            take(second(level), seconds: passed)
            follow(run.advance(now))
        }
    }

    private mutating func follow(_ action: LoadRun.Action?) {
        guard let action else { return }
        actions.append(action)
        if case .load(let level, _) = action { self.level = level }
    }

    private mutating func take(_ second: Second, seconds: Double) {
        var counts = WindowCounts(labels: plan.requests.labels)
        for index in 0..<Int((Double(second.requests) * seconds).rounded()) {
            let end = now.uptime, start = end - second.milliseconds * 1_000_000
            let outcome: RequestOutcome = index < second.failures ? .failed(.status(500)) : .succeeded
            counts.started += 1
            counts.record(RequestRecord(start: start, end: end, outcome: outcome))
        }
        counts.droppedStarts = second.dropped
        var own = GeneratorFigures()
        own.cpuPercent = second.cpu
        let window = GeneratorWindow(counts: counts, users: Int(level.number), lateness: second.lateness.map { $0 * 1_000_000 })
        run.take(window, target: second.target, own: own, now: now)
    }
}
