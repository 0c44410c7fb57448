import Foundation
import LoadTestReports
import LoadTesting

/// What a running test shows: one screen in a terminal, elsewhere a line now and then.
actor LoadTestProgress {
    private let screen: LiveScreen
    private let terminal: TerminalSession?
    private var plain = PlainProgress()

    /// - Parameter isPlain: lines, also in a terminal.
    init(target: String, isPlain: Bool) {
        let environment = ProcessInfo.processInfo.environment
        screen = LiveScreen(target: target, hasColour: environment["NO_COLOR"] == nil)
        terminal = isPlain ? nil : TerminalSession(terminal: environment["TERM"])
    }

    /// Shows how it stands.
    func show(_ snapshot: LiveSnapshot, steps: [StepSummary]) {
        if let terminal {
            terminal.show(screen.frame(snapshot, steps: steps, size: terminal.size))
        } else {
            for line in plain.lines(snapshot, steps: steps) { ProgressLine.print(line) }
        }
    }

    /// Gives the terminal back.
    func end() { terminal?.end() }
}
