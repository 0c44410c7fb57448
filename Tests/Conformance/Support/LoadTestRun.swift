import Foundation
import Testing

/// A `sakuga loadtest` that has ended, with what its summary.json says.
///
/// Whether a generator kept up depends on the machine that the tests run on. What doesn't is that its exit code says what was measured.
struct LoadTestRun {
    let outcome: Program.Outcome
    let summary: [String: Any]

    /// Runs it with these arguments; the report goes to `report`, or to nowhere for good.
    init(_ arguments: [String], report: String? = nil, environment: [String: String] = [:]) async throws {
        let folder = try TemporaryFolder(), report = report ?? folder.path("report")
        let outcome = try await Program.run(
            Program.sakuga, ["loadtest"] + arguments + ["--report", report], environment: environment)
        try self.init(outcome, report: report)
        withExtendedLifetime(folder) {}
    }

    /// One that has run, and left its report there.
    init(_ outcome: Program.Outcome, report: String) throws {
        self.outcome = outcome
        let file = URL(filePath: report).appending(path: "summary.json")
        guard let data = try? Data(contentsOf: file) else {
            throw Failure("no summary.json (exit code \(outcome.status)):\n\(outcome.output)\n\(outcome.errors)")
        }
        summary = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    var steps: [[String: Any]] { summary["steps"] as? [[String: Any]] ?? [] }

    /// What became of all objectives, step by step.
    var verdicts: [String] {
        steps.flatMap { $0["objectives"] as? [[String: Any]] ?? [] }.compactMap { $0["verdict"] as? String }
    }

    /// Requests of all steps that got a good answer.
    var succeeded: Int { count("succeeded") }

    /// Why the generator was the bottleneck; none if it was not.
    var complaints: [String] { (summary["generator"] as? [String: Any])?["complaints"] as? [String] ?? [] }

    var isValid: Bool { complaints.isEmpty }

    /// Invalid (98) exactly when the generator complains, and then with its words; else 99 exactly when an objective failed (of a search:
    /// when no load holds), 5 when nothing succeeded, and 0 otherwise.
    func expectCodeThatFollows(_ location: SourceLocation = #_sourceLocation) {
        let verdict = summary["verdict"] as? [String: Any], said = verdict?["outcome"] as? String
        let text = Comment(rawValue: "\(complaints) \(verdicts)\n\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.status == code, text, sourceLocation: location)
        #expect((said == "invalid") == !isValid, text, sourceLocation: location)
        if !isValid {
            #expect(verdict?["reasons"] as? [String] == complaints, text, sourceLocation: location)
            #expect(outcome.output.contains("INVALID"), text, sourceLocation: location)
        }
    }

    private var code: Int32 {
        if !isValid { return 98 }
        if let search = summary["search"] as? [String: Any] { return search["highest_passing"] == nil ? 99 : 0 }
        if verdicts.contains("failed") { return 99 }
        let isPassed = !verdicts.isEmpty && verdicts.allSatisfy { $0 == "passed" }
        return !isPassed && count("failed") > 0 && succeeded + count("queued") == 0 ? 5 : 0
    }

    private func count(_ name: String) -> Int {
        steps.compactMap { ($0["counts"] as? [String: Any])?[name] as? Int }.reduce(0, +)
    }
}
