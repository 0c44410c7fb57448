import ArgumentParser
import Dispatch
import Foundation
import LoadTesting
import UnixSignals

/// A test from the command line: shows it, lets Ctrl-C end it, writes its report and knows its exit code.
struct LoadTestSession: Sendable {
    let plan: LoadPlan
    let output: LoadTestOutput
    let isStrict: Bool

    init(plan: LoadPlan, output: LoadTestOutput, judging: JudgingOptions) {
        self.plan = plan
        self.output = output
        isStrict = judging.strict
    }

    func run() async throws {
        if let folder = output.report { try await tryOut(folder) }
        let test: LoadTest
        do throws(LoadTestError) { test = try LoadTest(plan: plan) } catch { throw LoadTestFailure.ending(error) }
        let interruption = Interruption(test)
        let showing = Task { [live = LoadTestProgress()] in
            for await snapshot in await test.snapshots() { await live.show(snapshot, steps: test.steps) }
        }
        let summary: LoadTestSummary
        do throws(LoadTestError) {
            summary = try await test.run()
        } catch {
            showing.cancel()
            interruption.end()
            throw LoadTestFailure.ending(error)
        }
        showing.cancel()
        await showing.value
        let wasInterrupted = interruption.end()
        Self.say(SummaryText(summary).lines(width: 130).joined(separator: "\n"))
        if let folder = output.report { try await write(summary, to: folder) }
        if let code = code(of: summary, wasInterrupted: wasInterrupted) { throw code }
    }

    /// What the run's end means for whoever started it; nil when all is well.
    private func code(of summary: LoadTestSummary, wasInterrupted: Bool) -> ExitCode? {
        if wasInterrupted { return LoadTestExit.interrupted }
        switch summary.verdict.outcome {
        case .invalid: return LoadTestExit.invalid
        case .failed: return LoadTestExit.failed
        case .unproven where isStrict: return LoadTestExit.failed
        case .passed: return nil
        case .none, .unproven:
            let counts = summary.requests.map(\.counts)
            let hasAny = counts.contains { $0.ended > 0 }
            let hasGood = counts.contains { $0.succeeded + $0.queued > 0 }
            return hasAny && !hasGood ? LoadTestExit.nothingSucceeded : nil
        }
    }

    // MARK: Report

    private func tryOut(_ folder: String) async throws {
        do {
            try await Self.offPool { try LoadReport.tryOut(folder: folder) }
        } catch {
            throw Self.unwritten(error)
        }
    }

    private func write(_ summary: LoadTestSummary, to folder: String) async throws {
        do {
            try await Self.offPool { try LoadReport(summary).write(to: folder) }
            Self.say("The report is in \(folder): open \(folder)/report.html in a browser.")
        } catch {
            throw Self.unwritten(error)
        }
    }

    private static func unwritten(_ error: any Error) -> any Error {
        FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
        return LoadTestExit.reportNotWritten
    }

    private static func offPool(_ work: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
        }
    }

    private static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
