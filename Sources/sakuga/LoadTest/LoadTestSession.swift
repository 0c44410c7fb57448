import ArgumentParser
import Foundation
import LoadGeneration
import LoadTesting

/// A test from the command line: shows it, lets Ctrl-C end it, writes its report and knows its exit code.
struct LoadTestSession: Sendable {
    private let plan: LoadPlan
    private let output: LoadTestOutput
    private let isStrict: Bool
    /// When to begin; nil at once.
    private let start: Date?

    init(plan: LoadPlan, start: Date?, output: LoadTestOutput, judging: JudgingOptions) {
        self.plan = plan
        self.start = start
        self.output = output
        isStrict = judging.strict
    }

    func run() async throws {
        if let folder = output.report { try await LoadTestResult.tryOut(folder) }
        var plan = plan
        if let remark = try await waitForStart() { plan.remarks.append(remark) }
        let test: LoadTest
        do throws(LoadTestError) { test = try LoadTest(plan: plan) } catch { throw LoadTestFailure.ending(error) }
        if let address = output.console, !output.headless {
            return try await LoadTestConsoleSession(test: test, address: address, output: output).run()
        }
        let interruption = Interruption(test)
        let summary: LoadTestSummary
        do throws(LoadTestError) {
            summary = try await shown(test)
        } catch {
            interruption.end()
            throw LoadTestFailure.ending(error)
        }
        let wasInterrupted = interruption.end()
        try await LoadTestResult(summary: summary, report: output.report).tell()
        if wasInterrupted { throw LoadTestExit.interrupted }
        if let code = LoadTestExit.code(of: summary, isStrict: isStrict) { throw code }
    }

    /// Waits for the time to begin; a sentence for the report where that is over already. Nothing has begun yet, so Ctrl-C ends the program
    /// as ever.
    private func waitForStart() async throws -> String? {
        guard let start else { return nil }
        let seconds = start.timeIntervalSinceNow
        guard seconds < -Self.late else {
            if seconds > 0 {
                ProgressLine.print("Begins in \(Int(seconds.rounded(.up))) s.")
                try await Task.sleep(for: .seconds(seconds))
            }
            return nil
        }
        let remark =
            "This generator began \(Int((-seconds).rounded())) s after \(start.formatted(.iso8601)), when all were to begin (--start-at): its steps lie "
            + "later than those of the others."
        ProgressLine.print(remark)
        return remark
    }

    /// Seconds after the time to begin from which on it is said.
    private static let late = 1.0

    /// Runs the test and shows it meanwhile.
    private func shown(_ test: LoadTest) async throws(LoadTestError) -> LoadTestSummary {
        let progress = LoadTestProgress(target: plan.target.address, isPlain: output.headless)
        let showing = Task {
            for await snapshot in await test.snapshots() where snapshot.phase != .idle {
                await progress.show(snapshot, steps: test.steps)
                if snapshot.phase == .finished { break }
            }
        }
        do throws(LoadTestError) {
            let summary = try await test.run()
            await showing.value
            await progress.end()
            return summary
        } catch {
            showing.cancel()
            await progress.end()
            throw error
        }
    }
}
