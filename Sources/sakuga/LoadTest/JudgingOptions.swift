import ArgumentParser
import LoadGeneration
import LoadTesting

/// The flags about what the target must keep to, and what it takes.
struct JudgingOptions: ParsableArguments {
    @Option(
        help: """
            What must hold in every step: p95=3s,errors=1%,qps=8,cpu=90%,rss=500MB (also p50 to p99.9, mean, max); with :abort \
            behind one, the run ends when it is broken.
            """)
    var slo: String?

    @Flag(help: "End the run when an objective has been broken for --patience.")
    var abortOnFail = false

    @Option(help: "How long an objective must be broken to end the run.")
    var patience = TimeSpan(seconds: 10)

    @Flag(help: "Also fail where there were too few requests to prove that an objective holds.")
    var strict = false

    @Option(help: "Process of this machine whose processor time, memory, threads and descriptors are watched, with its children.")
    var pid: Int?

    @Option(help: "Address with the target's metrics (Prometheus), such as http://127.0.0.1:7860/metrics.")
    var metrics: String?

    func validate() throws {
        if let pid, pid < 1 { throw ValidationError("--pid is the number of a process.") }
        if let pid, !TargetMonitorPlan.isProcess(pid) {
            throw ValidationError("--pid: there is no process \(pid) on this machine, or it can't be looked at.")
        }
        guard patience.seconds >= 1 else { throw ValidationError("--patience is at least 1s.") }
        if abortOnFail, slo == nil { throw ValidationError("--abort-on-fail goes with --slo.") }
        if strict, slo == nil { throw ValidationError("--strict goes with --slo.") }
        _ = try metricsTarget()
    }

    /// The objectives of the flags; nil when there is no such flag.
    func objectives() throws(ValidationError) -> [Objective]? {
        try slo.map { text throws(ValidationError) in
            do throws(ObjectiveError) {
                return try Objectives.parse(text)
            } catch {
                throw ValidationError("--slo: \(error)")
            }
        }
    }

    func metricsTarget() throws(ValidationError) -> LoadTarget? {
        try metrics.map { text throws(ValidationError) in
            do throws(LoadTargetError) { return try LoadTarget(text) } catch { throw ValidationError("--metrics: \(error)") }
        }
    }
}
