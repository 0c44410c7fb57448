import ArgumentParser
import Foundation
import LoadGeneration
import LoadTesting
import OptionValues

/// The options about the load over time.
struct LoadOptions: ParsableArguments {
    @Option(
        help: "File that describes the test: stages, requests, data, checks (YAML; docs/load-testing.md). Options override it.")
    var scenario: String?

    @Option(
        help: "Number of virtual users; each sends a request, awaits the response, pauses for --wait and repeats. (default: 20)")
    var users: Int?

    @Option(help: "Numbers of users of consecutive steps: 5,10,20,30,50.")
    var steps: NumberList?

    @Option(help: "Requests to start per second, however long they take (open model); a list (1,2,4) makes steps.")
    var rate: NumberList?

    @Flag(help: "Search for the highest load that meets --slo, beginning with --users or --rate.")
    var findMax = false

    @Option(help: "With --find-max: number of tries of each load; the majority decides.")
    var repeats = LoadPlan.defaultSearchRepeats

    @Option(
        help: "With --find-max: stop when the highest passing and the lowest failing load differ by at most this many percent.")
    var precision = LoadPlan.defaultSearchPrecision * 100

    @Option(help: "Duration of the test. (default: 60s; with --steps: that of all steps)")
    var duration: TimeSpan?

    @Option(help: "Duration of each step, or of each try of --find-max, including --drop. (default: 60s; with --find-max 30s)")
    var stepTime: TimeSpan?

    @Option(help: "Shape of the load over --duration: steady, ramp (from 0), spike (from a tenth), or soak (six windows).")
    var shape = NamedShape.steady

    @Option(
        help: "Pause of a user between requests: none, 2s, 1..3 (random), or pacing:5s (one request every 5 s). (default: 1..3)")
    var wait: WaitValue?

    @Option(help: "Users to start per second. (default: all at once)")
    var spawnRate: Double?

    @Option(help: "With --rate: distribution of the arrivals, poisson or even. (default: poisson)")
    var arrivals: Arrivals?

    @Option(help: "With --rate: maximum number of requests under way; starts beyond it are dropped and counted.")
    var maxInFlight = LoadPlan.defaultMaximumInFlight

    @Option(help: "Time to leave out at the beginning of each step, after all its users have started. (default: 2s)")
    var drop: TimeSpan?

    @Option(help: "Random seed. (default: 1)")
    var seed: UInt64?

    @Option(help: "Time to begin, such as 2026-12-01T09:30:00Z, so that several generators begin together.")
    var startAt: StartTime?

    @Option(help: "Number of generator threads; one runs thousands of users.")
    var generatorThreads = GeneratorSettings.defaultThreads

    /// The shapes of `--shape`.
    enum NamedShape: String, CaseIterable, ExpressibleByArgument { case steady, ramp, spike, soak }

    func validate() throws {
        let ways = [users != nil, steps != nil].count { $0 } + (rate != nil ? 1 : 0)
        guard ways <= 1 else { throw ValidationError("--users, --steps and --rate exclude each other.") }
        if findMax, steps != nil || (rate?.values.count ?? 1) > 1 || shape != .steady {
            throw ValidationError("--find-max chooses the loads itself; it takes at most one --users or --rate to begin with.")
        }
        if let users, !(1...LoadPlan.maximumUsers).contains(users) {
            throw ValidationError("--users must be 1 to \(LoadPlan.maximumUsers).")
        }
        if let steps, !steps.values.allSatisfy({ $0 == $0.rounded() && (1...Double(LoadPlan.maximumUsers)).contains($0) }) {
            throw ValidationError("--steps must be whole numbers of users, 1 to \(LoadPlan.maximumUsers).")
        }
        if let rate, !rate.values.allSatisfy({ (0.001...LoadPlan.maximumRate).contains($0) }) {
            throw ValidationError("--rate must be above 0 and at most \(Int(LoadPlan.maximumRate)) requests per second.")
        }
        if let spawnRate, !(0.001...100_000).contains(spawnRate) {
            throw ValidationError("--spawn-rate must be above 0 and at most 100000.")
        }
        guard (1...20).contains(repeats) else { throw ValidationError("--repeats must be 1 to 20.") }
        guard (0.1...50).contains(precision) else { throw ValidationError("--precision must be 0.1 to 50 percent.") }
        guard GeneratorSettings.threadLimits.contains(generatorThreads) else {
            throw ValidationError("--generator-threads must be 1 to 256.")
        }
        guard (1...1_000_000).contains(maxInFlight) else { throw ValidationError("--max-in-flight must be 1 to 1000000.") }
        if let startAt, startAt.date.timeIntervalSinceNow > 86_400 {
            throw ValidationError("--start-at must be at most a day ahead.")
        }
        if rate != nil, wait != nil { throw ValidationError("--wait excludes --rate, which starts requests by itself.") }
    }

    /// Whether any option sets the load; otherwise a scenario may.
    var setsLoad: Bool { users != nil || steps != nil || rate != nil || findMax }

    /// The shape that the options describe.
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

/// Numbers separated by commas: `5,10,20`.
struct NumberList: ExpressibleByArgument {
    var values: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Double($0.trimmingPrefix { $0 == " " }) }
        guard values.count == parts.count, (1...1_000).contains(values.count) else { return nil }
    }
}

/// A pause between requests: `none`, `2s`, `1..3`, `pacing:5s`.
struct WaitValue: ExpressibleByArgument {
    var wait: WaitTime

    init?(argument: String) {
        guard let wait = Quantity.wait(argument) else { return nil }
        self.wait = wait
    }
}

/// A date and time with its zone (ISO 8601).
struct StartTime: ExpressibleByArgument {
    var date: Date

    init?(argument: String) {
        guard let date = try? Date(argument, strategy: .iso8601) else { return nil }
        self.date = date
    }
}
