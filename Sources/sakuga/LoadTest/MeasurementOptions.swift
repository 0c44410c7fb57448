import ArgumentParser
import LoadGeneration
import LoadTesting
import OptionValues

/// The options about objectives and about monitoring the target.
struct MeasurementOptions: ParsableArguments {
    @Option(
        help: """
            Objectives of every step: p95=3s,errors=1%,qps=8,cpu=90%,rss=500MB (also p50 to p99.9, mean, max). With :abort behind an \
            objective the run ends when it is not met.
            """)
    var slo: String?

    @Flag(help: "End the run when an objective has not been met for --patience.")
    var abortOnFail = false

    @Option(name: .customLong("patience"), help: "How long an objective may be missed before the run ends.")
    var abortDelay = TimeSpan(seconds: LoadPlan.defaultAbortAfter)

    @Flag(help: "Also fail when there were too few requests to prove that an objective is met.")
    var strict = false

    @Option(help: "Process on this machine to monitor with its children: processor time, memory, threads, descriptors.")
    var pid: Int?

    @Option(help: "URL of the target's Prometheus metrics, such as http://127.0.0.1:7860/metrics.")
    var metrics: String?

    func validate() throws {
        if let pid, pid < 1 { throw ValidationError("--pid must be a process number.") }
        if let pid, !TargetMonitorPlan.isProcess(pid) {
            throw ValidationError("--pid: there is no process \(pid) on this machine, or it cannot be inspected.")
        }
        guard abortDelay.seconds >= 1 else { throw ValidationError("--patience must be at least 1s.") }
        if abortOnFail, slo == nil { throw ValidationError("--abort-on-fail requires --slo.") }
        if strict, slo == nil { throw ValidationError("--strict requires --slo.") }
        _ = try metricsTarget()
    }

    /// The objectives of `--slo`; nil without it.
    func objectives() throws(ValidationError) -> [Objective]? {
        try slo.map { text throws(ValidationError) in
            do throws(ObjectiveError) {
                return try Objectives.parse(text)
            } catch {
                throw ValidationError("--slo: \(error)")
            }
        }
    }

    /// The target of `--metrics`; nil without it.
    func metricsTarget() throws(ValidationError) -> LoadTarget? {
        try metrics.map { text throws(ValidationError) in
            do throws(LoadTargetError) { return try LoadTarget(text) } catch { throw ValidationError("--metrics: \(error)") }
        }
    }
}

/// The options about the results.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder for the report: report.html, summary.json, CSV files as Locust's, a histogram log and JUnit XML.",
            valueName: "folder"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Serve a console that controls and shows the test on this port; on this machine only unless HOST:PORT.",
            valueName: "port"))
    var console: ListeningAddress?

    @Flag(help: "With --console: begin at once instead of waiting for the page.")
    var autostart = false

    @Flag(help: "Without console and live view: print plain lines, and exit when the test ends.")
    var headless = false
}
