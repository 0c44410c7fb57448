import ArgumentParser
import Foundation
import LoadTesting

/// `sakuga loadtest`: measures how much load a service can carry.
struct LoadTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest",
        abstract: "Measure how much load a service can carry.",
        discussion: """
            Loads a sakuga service or any HTTP endpoint with virtual users (--users, --steps; closed model) or with requests at a fixed \
            rate (--rate; open model). Measures each step separately and reports whether the objectives (--slo) are met. Load only \
            services that you are allowed to load.

            Exit codes: 0 passed, or no objectives; 99 an objective was not met; 98 the generator was the bottleneck and the results are \
            invalid; 2 a scenario, photo or other file cannot be used; 3 the target cannot be reached; 4 the report cannot be written; \
            5 no request succeeded; 6 the console port is already in use; 64 invalid options; 130 interrupted (with a full report).

            Examples:
              sakuga loadtest                                        20 users for a minute on the service of this machine
              sakuga loadtest --steps 5,10,20,30,50 --step-time 60s --slo p95=3s,errors=1% --report result
              sakuga loadtest http://10.0.0.5:7860 --rate 8 --image photos/ --api rest --unique
              sakuga loadtest --find-max --slo p95=3s,errors=1%
              sakuga loadtest https://example.org/health --get --users 50 --wait none
              sakuga loadtest --scenario test.yaml --report result
              sakuga loadtest merge result-1 result-2 --report all   merge the results of several generators
            """)

    @Argument(help: "URL of the target: http://HOST:PORT or https://… (default: http://127.0.0.1:7860)")
    var url: String?

    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Requests") var payload: PayloadOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "Objectives and monitoring") var measurement: MeasurementOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        _ = try measurement.objectives()
        if load.findMax, measurement.slo == nil, load.scenario == nil {
            throw ValidationError("--find-max needs objectives, such as --slo p95=3s,errors=1%.")
        }
    }

    func run() async throws {
        let plan: LoadPlan
        do {
            plan = try await PlanAssembly(self).plan()
        } catch {
            throw LoadTestFailure.ending(error)
        }
        try await LoadTestSession(plan: plan, start: load.startAt?.date, output: output, measurement: measurement).run()
    }
}
