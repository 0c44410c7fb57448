import ArgumentParser
import BlockingThreads
import Foundation
import LoadGeneration
import LoadTestReports
import LoadTesting
import Synchronization
import TerminalProgress
import UnixSignals

/// Runs a test from the command line: shows its progress, ends it on Ctrl-C, prints the result, writes the report, and chooses the exit code.
struct LoadTestSession: Sendable {
    private let plan: LoadPlan
    private let output: OutputOptions
    private let isStrict: Bool
    /// When to begin; nil for at once.
    private let start: Date?

    init(plan: LoadPlan, start: Date?, output: OutputOptions, measurement: MeasurementOptions) {
        self.plan = plan
        self.start = start
        self.output = output
        isStrict = measurement.strict
    }

    func run() async throws {
        if let folder = output.report { try await LoadTestResult.checkWritable(folder) }
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
            summary = try await runShowingProgress(test)
        } catch {
            interruption.stopListening()
            throw LoadTestFailure.ending(error)
        }
        let wasInterrupted = interruption.stopListening()
        try await LoadTestResult(summary: summary, report: output.report).publish()
        if wasInterrupted { throw LoadTestExit.interrupted }
        if let code = LoadTestExit.code(of: summary, isStrict: isStrict) { throw code }
    }

    /// Waits for the time to begin. Ctrl-C ends the program meanwhile, because nothing has begun.
    /// - Returns: a sentence for the report when the time was over already.
    private func waitForStart() async throws -> String? {
        guard let start else { return nil }
        let seconds = start.timeIntervalSinceNow
        guard seconds < -Self.toleratedDelay else {
            if seconds > 0 {
                ProgressLine.print("The test begins in \(Int(seconds.rounded(.up))) s.")
                try await Task.sleep(for: .seconds(seconds))
            }
            return nil
        }
        let remark =
            "This generator began \(Int((-seconds).rounded())) s after the common start at \(start.formatted(.iso8601)) (--start-at): "
            + "its steps are later than those of the other generators."
        ProgressLine.print(remark)
        return remark
    }

    /// Seconds after the start from which on a delay is reported.
    private static let toleratedDelay = 1.0

    private func runShowingProgress(_ test: LoadTest) async throws(LoadTestError) -> LoadTestSummary {
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

/// The result of a run: printed, and written as a report.
struct LoadTestResult: Sendable {
    let summary: LoadTestSummary
    /// The folder of the report; nil for none.
    let report: String?

    /// Prints the step table and the verdict, and writes the report.
    /// - Throws: `LoadTestExit.reportNotWritten`, after printing the error.
    func publish() async throws {
        Self.print(SummaryText(summary).lines(width: 130).joined(separator: "\n"))
        guard let report else { return }
        do {
            try await BlockingThreadPool.shared.run { [summary] in try LoadReport(summary).write(to: report) }
        } catch {
            throw Self.notWritten(error)
        }
        Self.print("\nThe report is in \(report). Open \(report)/report.html in a browser.")
    }

    /// Checks, before a long test, that the report can be written.
    static func checkWritable(_ folder: String) async throws {
        do { try await BlockingThreadPool.shared.run { try LoadReport.tryOut(folder: folder) } } catch { throw notWritten(error) }
    }

    private static func notWritten(_ error: any Error) -> any Error {
        FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
        return LoadTestExit.reportNotWritten
    }

    private static func print(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}

/// Shows a running test: as one screen on a terminal, elsewhere as occasional lines.
private actor LoadTestProgress {
    private let screen: LiveScreen
    private let terminal: TerminalSession?
    private var plain = PlainProgress()

    /// - Parameter isPlain: whether to print lines on a terminal, too.
    init(target: String, isPlain: Bool) {
        let environment = ProcessInfo.processInfo.environment
        screen = LiveScreen(target: target, hasColour: environment["NO_COLOR"] == nil)
        terminal = isPlain ? nil : TerminalSession(terminal: environment["TERM"])
    }

    func show(_ snapshot: LiveSnapshot, steps: [StepSummary]) {
        if let terminal {
            terminal.show(screen.frame(snapshot, steps: steps, size: terminal.size))
        } else {
            for line in plain.lines(snapshot, steps: steps) { ProgressLine.print(line) }
        }
    }

    /// Restores the terminal.
    func end() { terminal?.end() }
}

/// Ends a test gracefully on Ctrl-C: the users stop and the report is written. A second Ctrl-C ends the program at once.
private final class Interruption: Sendable {
    private let wasInterrupted = Mutex(false)
    private let listening = Mutex<Task<Void, Never>?>(nil)

    /// Begins to listen for signals.
    init(_ test: LoadTest) {
        let task = Task { [weak self] in
            var count = 0
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                count += 1
                guard count == 1 else { exit(130) }
                self?.wasInterrupted.withLock { $0 = true }
                ProgressLine.print("Stopping the test; the report follows. Press Ctrl-C again to exit at once.")
                await test.stop()
            }
        }
        listening.withLock { $0 = task }
    }

    /// Stops listening.
    /// - Returns: whether there was a signal.
    @discardableResult
    func stopListening() -> Bool {
        listening.withLock { $0?.cancel() }
        return wasInterrupted.withLock { $0 }
    }
}
