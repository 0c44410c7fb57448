import ArgumentParser
import BlockingThreads
import CapacityPlanning
import Foundation
import LoadTestReports
import LoadTesting
import OptionValues
import TerminalProgress

/// `sakuga plan`: how many instances a load needs, from a load test of one instance.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Compute how many instances a load needs, from a load test of one.",
        discussion: """
            Simulates the service's scheduler on several instances behind a least-connections load balancer. Requests arrive at random and \
            take as long as the load test measured. Finds the smallest number of instances that meets the objectives.

            Examples:
              sakuga plan --from report --target-qps 100 --slo p95=3s
              sakuga plan --from report/summary.json --target-qps 100 --slo p95=3s,errors=1% --failures 1
              sakuga plan --from report --target-qps 100 --instance-cores 4 --chart plan.html
              sakuga plan --from report --target-qps 20 --instances 4 --format json    simulate four instances

            Exit codes: 0 there is a plan, 99 no simulated number of instances meets the objectives, 64 invalid options.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @Option(help: "The summary.json of a load test, or the folder of its report.")
    var from: String

    @Option(help: "Requests per second to all instances together.")
    var targetQps: Double

    @Option(help: "Objectives, such as p95=3s,errors=1%. (default: those of the load test)")
    var slo: String?

    @Option(help: "Number of instances that may fail without the objectives being missed.")
    var failures = 0

    @Option(help: "Cores of an instance. (default: as in the load test, else 1)")
    var instanceCores: Int?

    @Option(help: "Memory of an instance, such as 500MB. (default: the peak of the load test)")
    var instanceMemory: ByteCount?

    @Option(help: "Simulate this number of instances instead of searching for the smallest.")
    var instances: Int?

    @Option(help: "The service's --max-wait: requests that would take longer are rejected.")
    var maxWait = TimeSpan(seconds: 3)

    @Option(help: "Largest number of instances to simulate.")
    var maxInstances = 10_000

    @Option(help: "Random seed.")
    var seed: UInt64 = 1

    @Option(help: "File for a chart: .svg, or .html with a table.")
    var chart: String?

    @Option(help: "Output format: text, or json for one object.")
    var format = Format.text

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        if let instances, instances <= failures {
            throw ValidationError("--failures \(failures) requires more than \(failures) --instances.")
        }
        if let chart, !chart.hasSuffix(".svg"), !chart.hasSuffix(".html") {
            throw ValidationError("--chart \(chart) must end in .svg or .html.")
        }
        guard (1...100_000).contains(maxInstances) else { throw ValidationError("--max-instances must be 1 to 100000.") }
        guard maxWait.seconds > 0 else { throw ValidationError("--max-wait must be above 0.") }
    }

    func run() async throws {
        let summary = try Self.summary(at: from)
        let plan = try await plan(summary)
        print(format == .json ? try Self.json(plan) : PlanText(plan).text, terminator: "")
        if let chart { try Self.write(PlanChart(plan), to: chart) }
        if plan.instances == nil { throw ExitCode(99) }
    }

    private func plan(_ summary: LoadTestSummary) async throws -> CapacityPlan {
        let demand = try Self.checked { () throws(PlanError) in try ServiceDemand(of: summary) }
        var question = CapacityQuestion(
            targetRate: targetQps, objectives: try objectives(summary), failures: failures,
            coresEach: instanceCores ?? demand.cores, memoryEach: instanceMemory.map { Double($0.bytes) },
            maximumWait: maxWait.seconds)
        question.maximumInstances = max(maxInstances, instances ?? 0)
        question.seed = seed
        let planner = try Self.checked { [question] () throws(PlanError) in try CapacityPlanner(question, demand: demand) }
        return try await BlockingThreadPool.shared.run { [instances] in
            var planner = planner
            if let instances { return planner.evaluate(instances: instances) }
            return try planner.plan { ProgressLine.print("simulating \($0) instances …") }
        }
    }

    private func objectives(_ summary: LoadTestSummary) throws -> [Objective] {
        guard let slo else {
            guard summary.objectives.contains(where: { $0.metric != .throughput }) else {
                throw ValidationError("The load test had no objectives; set them with --slo, such as --slo p95=3s,errors=1%.")
            }
            return summary.objectives
        }
        do {
            return try Objectives.parse(slo)
        } catch {
            throw ValidationError("--slo \(error).")
        }
    }

    private static func checked<Value>(_ body: () throws(PlanError) -> Value) throws -> Value {
        do { return try body() } catch { throw ValidationError("\(error).") }
    }

    private static func summary(at path: String) throws -> LoadTestSummary {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let file = exists && isFolder.boolValue ? path + "/" + SummaryFile.name : path
        do {
            return try SummaryFile.read(file)
        } catch is SummaryFile.Unreadable {
            throw ValidationError(
                "--from \(path): there is no summary.json that can be read; `sakuga loadtest --report FOLDER` writes one.")
        } catch {
            throw ValidationError("--from \(file): \(error).")
        }
    }

    private static func json(_ plan: CapacityPlan) throws -> String {
        String(decoding: try LoadTestSummary.encoder.encode(plan), as: UTF8.self) + "\n"
    }

    private static func write(_ chart: PlanChart, to path: String) throws {
        let text = path.hasSuffix(".svg") ? chart.svg : chart.html
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ChartNotWritten(path: path, reason: "\(error.localizedDescription)")
        }
    }
}

/// The chart could not be written.
private struct ChartNotWritten: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "--chart \(path): \(reason)" }
}
