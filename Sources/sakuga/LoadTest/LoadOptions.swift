import ArgumentParser
import Foundation
import LoadGeneration
import LoadTesting

/// The flags about how much load there is, and when.
struct LoadOptions: ParsableArguments {
    @Option(
        help: "A file that describes the test: stages, requests, data, checks (YAML; docs/load-testing.md). Flags go before it.")
    var scenario: String?

    @Option(help: "Virtual users; each waits for its answer, then for --wait, then asks again. (default: 20)")
    var users: Int?

    @Option(help: "Users of one step after another: 5,10,20,30,50. With --rate given as a list, see there.")
    var steps: NumberList?

    @Option(help: "Requests that begin in a second, however long they take (open model); a list (1,2,4) makes steps.")
    var rate: NumberList?

    @Flag(help: "Search for the highest load at which --slo holds: users, or with --rate arrivals a second, from there on.")
    var findMax = false

    @Option(help: "With --find-max: how often each load is tried; the majority decides.")
    var repeats = 3

    @Option(help: "With --find-max: end when what holds and what does not are so near, in percent.")
    var precision = 5.0

    @Option(help: "How long the test lasts. (default: 60s; with --steps: that of all steps)")
    var duration: TimeSpan?

    @Option(help: "How long each step, or each try of --find-max, lasts, with what is dropped of it. (default: 60s, 30s)")
    var stepTime: TimeSpan?

    @Option(help: "Another shape over --duration: steady, ramp (from 0), spike (from a tenth), or soak (six windows).")
    var shape = NamedShape.steady

    @Option(help: "What users do between requests: none, 2s, 1..3 (anything between), or pacing:5s (one request each 5 s).")
    var wait: WaitValue?

    @Option(help: "Users that come in a second. (default: all at once)")
    var spawnRate: Double?

    @Option(help: "With --rate: how arrivals lie in time, poisson or even.")
    var arrivals: Arrivals?

    @Option(help: "With --rate: requests that may be under way at once; starts beyond that are dropped and counted.")
    var maxInFlight = 1_000

    @Option(help: "Time at the beginning of each step that does not count, beside that in which users come. (default: 2s)")
    var drop: TimeSpan?

    @Option(help: "Beginning of all chance: the same seed asks the same in the same order. (default: 1)")
    var seed: UInt64?

    @Option(help: "Begin at this time, such as 2026-12-01T09:30:00Z, so that several generators begin together.")
    var startAt: StartTime?

    @Option(help: "Threads of the generator; one carries thousands of users.")
    var generatorThreads = 1

    /// The shapes that have a name.
    enum NamedShape: String, CaseIterable, ExpressibleByArgument { case steady, ramp, spike, soak }

    func validate() throws {
        let ways = [users != nil, steps != nil].count { $0 } + (rate != nil ? 1 : 0)
        guard ways <= 1 else { throw ValidationError("Give one of --users, --steps and --rate.") }
        if findMax, steps != nil || (rate?.values.count ?? 1) > 1 || shape != .steady {
            throw ValidationError("--find-max chooses the loads itself; give it one --users or --rate to start from, or none.")
        }
        if let users, !(1...LoadPlan.maximumUsers).contains(users) {
            throw ValidationError("--users is 1 to \(LoadPlan.maximumUsers).")
        }
        if let steps, !steps.values.allSatisfy({ $0 == $0.rounded() && (1...Double(LoadPlan.maximumUsers)).contains($0) }) {
            throw ValidationError("--steps are whole numbers of users, 1 to \(LoadPlan.maximumUsers).")
        }
        if let rate, !rate.values.allSatisfy({ (0.001...LoadPlan.maximumRate).contains($0) }) {
            throw ValidationError("--rate is above 0 and at most \(Int(LoadPlan.maximumRate)) requests a second.")
        }
        if let spawnRate, !(0.001...100_000).contains(spawnRate) {
            throw ValidationError("--spawn-rate is above 0 and at most 100000.")
        }
        guard (1...20).contains(repeats) else { throw ValidationError("--repeats is 1 to 20.") }
        guard (0.1...50).contains(precision) else { throw ValidationError("--precision is 0.1 to 50 percent.") }
        guard (1...256).contains(generatorThreads) else { throw ValidationError("--generator-threads is 1 to 256.") }
        guard (1...1_000_000).contains(maxInFlight) else { throw ValidationError("--max-in-flight is 1 to 1000000.") }
        if let startAt, startAt.date.timeIntervalSinceNow > 86_400 { throw ValidationError("--start-at is at most a day ahead.") }
        if rate != nil, wait != nil { throw ValidationError("--wait is for users; arrivals of --rate come by themselves.") }
    }

    /// Whether any flag says how much load there is; else a scenario may.
    var saysLoad: Bool { users != nil || steps != nil || rate != nil || findMax }

    /// The shape that the flags ask for.
    var chosenShape: LoadShape {
        let levels =
            rate.map { $0.values.map { LoadLevel.rate($0) } } ?? steps.map { $0.values.map { LoadLevel.users(Int($0)) } }
            ?? [.users(users ?? (findMax ? 4 : 20))]
        if findMax { return .findMaximum(startingAt: levels[0], seconds: stepTime?.seconds ?? 30) }
        if levels.count > 1 || steps != nil {
            let all = duration.map { $0.seconds / Double(levels.count) }
            return .steps(levels, seconds: stepTime?.seconds ?? all ?? 60)
        }
        let level = levels[0], seconds = duration?.seconds ?? 60
        switch shape {
        case .steady: return .steady(level, seconds: seconds)
        case .ramp: return .ramp(from: level.with(0), to: level, seconds: seconds)
        case .spike: return .spike(base: level.with(max(1, level.number / 10)), peak: level, seconds: seconds)
        case .soak: return .soak(level, seconds: seconds)
        }
    }
}

extension Arrivals: ExpressibleByArgument {}

/// Numbers with commas between them: `5,10,20`.
struct NumberList: ExpressibleByArgument {
    var values: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Double($0.trimmingPrefix { $0 == " " }) }
        guard values.count == parts.count, (1...1_000).contains(values.count) else { return nil }
    }
}

/// A wait as it is written: `none`, `2s`, `1..3`, `pacing:5s`.
struct WaitValue: ExpressibleByArgument {
    var wait: WaitTime

    init?(argument: String) {
        guard let wait = Quantity.wait(argument) else { return nil }
        self.wait = wait
    }
}

/// A time of day with its zone, as ISO 8601 writes it.
struct StartTime: ExpressibleByArgument {
    var date: Date

    init?(argument: String) {
        guard let date = try? Date(argument, strategy: .iso8601) else { return nil }
        self.date = date
    }
}
