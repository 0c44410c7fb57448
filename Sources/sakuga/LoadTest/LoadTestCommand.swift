import ArgumentParser
import Foundation
import LoadTesting

/// `sakuga loadtest`: how much a service can carry.
struct LoadTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest",
        abstract: "Find out how much a service can carry: virtual users, step tables, verdicts, reports.",
        discussion: """
            Loads this service or any HTTP endpoint with virtual users that wait between requests (--users, --steps) or with \
            arrivals that come at their own rate (--rate), measures each step in a window of its own, and says whether the \
            objectives (--slo) hold. Load only what is yours to load.

            Exit codes: 0 passed, or no objectives; 99 an objective was not met; 98 the generator was the bottleneck, so the \
            figures do not count; 2 a scenario, picture or other file can't be used; 3 the target can't be reached; 4 the report \
            can't be written; 5 no request succeeded; 6 the console's port can't be had; 64 wrong options; 130 interrupted \
            (with a full report).

            Examples:
              sakuga loadtest                                        20 users for a minute at the service on this machine
              sakuga loadtest --steps 5,10,20,30,50 --step-time 60s --slo p95=3s,errors=1% --report result
              sakuga loadtest http://10.0.0.5:7860 --rate 8 --image photos/ --api rest --unique
              sakuga loadtest --find-max --slo p95=3s,errors=1%
              sakuga loadtest https://example.org/health --get --users 50 --wait none
              sakuga loadtest --scenario test.yaml --report result
              sakuga loadtest merge result-1 result-2 --report all   several generators' results as one
            """)

    @Argument(help: "The target: http://HOST:PORT or https://…; what loads it can't be turned elsewhere.")
    var url: String?

    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Requests") var payload: PayloadOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "What is measured") var judging: JudgingOptions
    @OptionGroup(title: "Output") var output: LoadTestOutput
    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        _ = try judging.objectives()
        if load.findMax, judging.slo == nil, load.scenario == nil {
            throw ValidationError("--find-max needs objectives to hold, such as --slo p95=3s,errors=1%.")
        }
    }

    func run() async throws {
        let plan: LoadPlan
        do {
            plan = try await PlanAssembly(self).plan()
        } catch {
            throw LoadTestFailure.ending(error)
        }
        try await LoadTestSession(plan: plan, start: load.startAt?.date, output: output, judging: judging).run()
    }
}
