import Foundation
import Testing

/// `sakuga plan` as a person runs it, from a summary.json made by hand after its documentation.
@Suite struct PlanTests {
    /// One step of two users on one core: 200 answers of 0.45 s, 0.4 s of them work.
    private static let summary = """
        {"schema": "sakuga.loadtest/1", "id": "x", "started": "2027-01-15T08:00:00Z", "ended": "2027-01-15T08:03:00Z", "command": ["sakuga"],
        "target": {"url": "http://127.0.0.1:7860/", "processes": []}, "environment": {"host": "h", "system": "Linux", "cores": 1, "version": "1"},
        "load": {"model": "closed", "shape": "2 users", "keep_alive": true}, "requests": [], "total": \(request), "failures": [], "timeline": [],
        "objectives": [{"metric": "p95", "limit": 3, "aborts_run": false}], "verdict": {"outcome": "passed", "reasons": []},
        "generator": {"dropped_starts": 0, "complaints": []}, "notes": [],
        "steps": [{"label": "2 users", "users": 2, "started": "2027-01-15T08:00:00Z", "seconds": 145, "dropped_seconds": 2, "counts": \(counts),
        "throughput": 1.38, "service": \(latency), "corrected": \(latency), "objectives": [], "requests": [], "failures": [],
        "resources": {"cores": 1, "cpu_percent": {"mean": 55.17, "maximum": 60}, "resident_bytes": {"mean": 2.5e8, "maximum": 3e8}},
        "bytes_sent": 0, "bytes_received": 0, "histogram": \(histogram), "corrected_histogram": \(histogram)}]}
        """
    private static let counts = #"{"started": 200, "succeeded": 200, "queued": 0, "failed": 0, "dropped": 0}"#
    private static let latency = #"{"count": 200, "mean": 0.45, "minimum": 0.45, "maximum": 0.45, "percentiles": []}"#
    private static let histogram =
        #"{"count": 200, "total": 90000000, "minimum": 450000, "maximum": 450000, "clipped": 0, "buckets": [[450000, 200]]}"#
    private static let request = """
        {"label": {"method": "", "name": "Aggregated"}, "counts": \(counts), "per_second": 1.38, "failures_per_second": 0,
        "service": \(latency), "all": \(latency), "bytes_received": 0, "bytes_sent": 0}
        """

    private func report(_ text: String = summary) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: folder.url.appending(path: "summary.json"))
        return folder
    }

    @Test func `a plan is printed with its chart`() async throws {
        let folder = try report(), chart = folder.path("plan.html")
        let outcome = try await Program.run(
            Program.sakuga, ["plan", "--from", folder.url.path, "--target-qps", "10", "--failures", "1", "--chart", chart])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("instances, ") && outcome.output.contains("processor time"))
        #expect(try String(contentsOfFile: chart, encoding: .utf8).contains("</svg>"))
    }

    @Test func `as JSON it is one object`() async throws {
        let folder = try report()
        let outcome = try await Program.run(
            Program.sakuga,
            [
                "plan", "--from", folder.path("summary.json"), "--target-qps", "10", "--slo", "p95=3s,errors=1%", "--instances",
                "6", "--format", "json",
            ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let plan = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(plan["instances"] as? Int == 6 && plan["cores"] as? Int == 6 && plan["memory"] as? Double == 1.8e9)
        #expect((plan["points"] as? [Any])?.count == 1)
    }

    @Test func `objectives that no fleet keeps end with 99`() async throws {
        let folder = try report()
        let outcome = try await Program.run(
            Program.sakuga, ["plan", "--from", folder.url.path, "--target-qps", "2", "--slo", "p95=100ms"])
        #expect(outcome.status == 99)
    }

    @Test(arguments: [
        (["--slo", "p95=3"], "needs a unit"), (["--instances", "1", "--failures", "1"], "more than 1 --instances"),
        (["--chart", "plan.png"], ".svg or .html"), (["--target-qps", "0"], "above 0"),
        (["--from", "/nowhere"], "no summary.json"),
    ])
    func `what is wrong is said and the exit code is 64`(options: [String], problem: String) async throws {
        let folder = try report()
        var arguments = ["--from", folder.url.path, "--target-qps", "10"]
        for (name, value) in zip(options, options.dropFirst()) where name.hasPrefix("--") {
            if let place = arguments.firstIndex(of: name) { arguments[place + 1] = value } else { arguments += [name, value] }
        }
        let outcome = try await Program.run(Program.sakuga, ["plan"] + arguments)
        #expect(outcome.status == 64 && outcome.errors.contains(problem), "\(outcome.errors)")
    }

    @Test func `a file that is no summary is named`() async throws {
        let folder = try report("{}")
        let outcome = try await Program.run(Program.sakuga, ["plan", "--from", folder.url.path, "--target-qps", "10"])
        #expect(outcome.status == 64 && outcome.errors.contains("schema is missing"), "\(outcome.errors)")
    }
}
