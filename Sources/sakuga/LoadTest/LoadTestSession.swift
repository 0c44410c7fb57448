import ArgumentParser
import LoadTesting

/// A test from the command line: shows it, lets Ctrl-C end it, writes its report and knows its exit code.
struct LoadTestSession: Sendable {
    private let plan: LoadPlan
    private let output: LoadTestOutput
    private let isStrict: Bool

    init(plan: LoadPlan, output: LoadTestOutput, judging: JudgingOptions) {
        self.plan = plan
        self.output = output
        isStrict = judging.strict
    }

    func run() async throws {
        if let folder = output.report { try await LoadTestResult.tryOut(folder) }
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
