import Foundation
import LoadTestFixtures
import LoadTesting
import Testing

@Suite struct LoadRunTests {
    @Test func `each step has a window of its own, without its warm-up`() throws {
        var trial = try RunTrial(.steps([.users(5), .users(10)], seconds: 6), dropped: 2)
        trial.run { level in RunTrial.Second(requests: Int(level.number), milliseconds: 100) }
        let steps = trial.run.steps
        #expect(steps.map(\.label) == ["5 users", "10 users"])
        #expect(steps.map(\.users) == [5, 10])
        #expect(steps.map(\.counts.succeeded) == [5 * 4, 10 * 4])
        #expect(steps.allSatisfy { abs($0.seconds - 4) < 0.001 && abs($0.droppedSeconds - 2) < 0.001 })
        #expect(trial.actions == [.load(.users(5), spawnRate: .infinity), .load(.users(10), spawnRate: .infinity), .finish])
    }

    @Test func `the time in which users are spawned is not measured`() throws {
        var trial = try RunTrial(.steps([.users(4), .users(8)], seconds: 8), dropped: 1) { $0.spawnRate = 2 }
        trial.run { _ in RunTrial.Second(requests: 1, milliseconds: 10) }
        // Four users at two a second take two seconds, and so do the next four.
        #expect(trial.run.steps.map { $0.droppedSeconds.rounded() } == [3, 3])
    }

    @Test func `a ramp changes the load each second and has a step for each part`() throws {
        var trial = try RunTrial(.ramp(from: .users(0), to: .users(20), seconds: 20, parts: 2), dropped: 2)
        trial.run { _ in RunTrial.Second(requests: 1, milliseconds: 10) }
        #expect(trial.run.steps.map(\.label) == ["0→10 users", "10→20 users"])
        let users = trial.actions.compactMap { action in
            if case .load(.users(let count), _) = action { count } else { nil }
        }
        #expect(users == users.sorted() && Set(users).count > 15)
    }

    @Test func `a manual change ends the step and starts another without an end`() throws {
        var trial = try RunTrial(.steady(.users(5), seconds: 60), dropped: 0)
        trial.run(seconds: 10) { _ in RunTrial.Second(requests: 5, milliseconds: 10) }
        let action = trial.run.change(to: .steady(.users(9), seconds: nil), spawnRate: nil, now: trial.now)
        #expect(action == .load(.users(9), spawnRate: .infinity))
        trial.run(seconds: 10) { _ in RunTrial.Second(requests: 9, milliseconds: 10) }
        trial.run.closeStep(trial.now)
        #expect(trial.run.steps.map(\.users) == [5, 9])
        #expect(trial.run.steps.map(\.counts.succeeded) == [50, 90])
    }

    @Test func `a stage that ends during its warm-up is not a step, and a note says so`() throws {
        var trial = try RunTrial(.steady(.users(5), seconds: 60), dropped: 5)
        trial.run(seconds: 3) { _ in RunTrial.Second(requests: 5, milliseconds: 10) }
        trial.run.closeStep(trial.now)
        #expect(trial.run.steps.isEmpty)
        #expect(trial.run.notes == ["Stage '5 users' ended during its warm-up and was not measured."])
        #expect(trial.run.summary(now: trial.now).timeline.count == 3)
    }

    @Test func `an objective that is missed for long enough ends the run`() throws {
        var trial = try RunTrial(.steady(.users(5), seconds: 600), dropped: 0) {
            $0.objectives = [Objective(.errors, 0.01, abortsRun: true)]
            $0.abortAfter = 5
        }
        trial.run { _ in RunTrial.Second(requests: 5, milliseconds: 10, failures: 5) }
        #expect(trial.actions.last == .finish)
        #expect(trial.run.steps.first.map { $0.seconds < 10 } == true)
        #expect(trial.run.notes.first?.contains("errors") == true)
        #expect(trial.run.summary(now: trial.now).verdict.outcome == .failed)
    }

    @Test func `the search finds the load at which the objective is missed`() throws {
        var trial = try RunTrial(.findMaximum(startingAt: .users(4), seconds: 12), dropped: 2) {
            $0.objectives = [Objective(.percentile(95), 0.5)]
            $0.searchRepeats = 1
        }
        trial.run { level in
            RunTrial.Second(requests: 100, milliseconds: level.number > 37 ? 900 : 100)
        }
        let summary = trial.run.summary(now: trial.now)
        #expect(summary.search?.highestPassing.map { (35...37).contains($0) } == true)
        #expect(summary.search?.lowestFailing.map { (38...39).contains($0) } == true)
        // That loads beyond it failed is what a search is for.
        #expect(summary.verdict.outcome == .passed)
    }

    @Test func `dropped starts make a run invalid unless its objectives were missed`() throws {
        var trial = try RunTrial(.steady(.rate(100), seconds: 20), dropped: 0) {
            $0.objectives = [Objective(.percentile(95), 0.5)]
        }
        trial.run { _ in RunTrial.Second(requests: 100, milliseconds: 10, dropped: 10) }
        #expect(trial.run.summary(now: trial.now).verdict.outcome == .invalid)
        #expect(trial.run.summary(now: trial.now).verdict.reasons.first?.contains("dropped") == true)

        var slow = try RunTrial(.steady(.rate(100), seconds: 20), dropped: 0) {
            $0.objectives = [Objective(.percentile(95), 0.5)]
        }
        slow.run { _ in RunTrial.Second(requests: 100, milliseconds: 900, dropped: 10) }
        #expect(slow.run.summary(now: slow.now).verdict.outcome == .failed)
    }

    @Test func `a generator that is late or short of CPU makes its run invalid`() throws {
        var late = try RunTrial(.steady(.users(5), seconds: 20), dropped: 0)
        late.run { _ in RunTrial.Second(requests: 5, milliseconds: 50, lateness: Array(repeating: 80, count: 20)) }
        #expect(late.run.summary(now: late.now).generator.complaints.first?.contains("late") == true)

        var busy = try RunTrial(.steady(.users(5), seconds: 20), dropped: 0)
        busy.run { _ in RunTrial.Second(requests: 5, milliseconds: 50, cpu: 97) }
        #expect(busy.run.summary(now: busy.now).verdict.outcome == .invalid)

        var well = try RunTrial(.steady(.users(5), seconds: 20), dropped: 0)
        well.run { _ in RunTrial.Second(requests: 5, milliseconds: 50, cpu: 20, lateness: Array(repeating: 3, count: 20)) }
        #expect(well.run.summary(now: well.now).generator.isValid)
    }

    @Test(arguments: [
        // One look in twenty is more than the one in a hundred that may be later than a tenth of P99.
        (6 as UInt64, 1, true), (4, 1, false), (6, 20, true), (4, 20, false),
    ])
    func `lateness is compared with the percentiles that it distorts`(milliseconds: UInt64, looks: Int, isLate: Bool) throws {
        var trial = try RunTrial(.steady(.users(5), seconds: 20), dropped: 0)
        let late = Array(repeating: milliseconds, count: looks) + Array(repeating: 0 as UInt64, count: 20 - looks)
        trial.run { _ in RunTrial.Second(requests: 5, milliseconds: 50, lateness: late) }
        let health = trial.run.summary(now: trial.now).generator
        #expect(health.isValid != isLate, "\(health.complaints)")
        #expect(health.lagP99.map { Int($0 * 1000) } == Int(milliseconds))
    }

    @Test func `one late tick is tolerated, a stall is not`() throws {
        var second = 0, trial = try RunTrial(.steady(.users(5), seconds: 20), dropped: 0)
        trial.run { _ in
            second += 1
            return RunTrial.Second(
                requests: 5, milliseconds: 50, lateness: [second == 7 ? 49 : 0] + Array(repeating: 0, count: 19))
        }
        #expect(trial.run.summary(now: trial.now).generator.isValid)

        var still = 0, stalled = try RunTrial(.steady(.users(5), seconds: 20), dropped: 0)
        stalled.run { _ in
            still += 1
            // It was away for a second and comes back once: twenty looks were missed.
            return RunTrial.Second(requests: 5, milliseconds: 50, lateness: still == 7 ? [1_000] : Array(repeating: 0, count: 20))
        }
        #expect(stalled.run.summary(now: stalled.now).generator.complaints.first?.contains("20 of 400 samples") == true)
    }

    @Test func `a small service time tolerates a millisecond of lateness`() throws {
        var trial = try RunTrial(.steady(.users(5), seconds: 20), dropped: 0)
        trial.run { _ in RunTrial.Second(requests: 5, milliseconds: 2, lateness: Array(repeating: 1, count: 20)) }
        #expect(trial.run.summary(now: trial.now).generator.isValid)
    }

    @Test func `hours take no more points than minutes, and no request is lost`() throws {
        var trial = try RunTrial(.steady(.users(1), seconds: nil), dropped: 0)
        trial.run(seconds: 3_600) { _ in RunTrial.Second(requests: 2, milliseconds: 40) }
        let points = trial.run.summary(now: trial.now).timeline
        #expect((250...600).contains(points.count))
        #expect(points.reduce(0) { $0 + $1.counts.succeeded } == 2 * 3_600)
        #expect(points.dropLast().allSatisfy { abs(($0.p95 ?? 0) - 0.04) < 0.001 && abs(($0.mean ?? 0) - 0.04) < 0.000_1 })
    }

    @Test func `what the target takes is told for each step`() throws {
        var trial = try RunTrial(.steps([.users(1), .users(2)], seconds: 5), dropped: 1)
        trial.run { level in
            var target = TargetFigures()
            target.cpuPercent = 40 * level.number
            target.residentBytes = 1_000_000 * Int(level.number)
            target.cores = 2
            return RunTrial.Second(requests: 1, milliseconds: 10, target: target)
        }
        let resources = trial.run.steps.compactMap(\.resources)
        #expect(resources.map { $0.cpuPercentOfAll } == [20, 40])
        #expect(resources.map { $0.residentBytes?.maximum } == [1_000_000, 2_000_000])
    }
}
