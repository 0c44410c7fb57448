#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The progress of a long command, on standard error. On a terminal it is one line that is redrawn, with rate and remaining time; elsewhere
/// (a file, a pipe, CI) only the lines of ``say(_:)`` and ``note(_:)`` appear.
package actor ProgressLine {
    private let total: Int
    private let noun: String
    private let isTerminal: Bool
    private let start = ContinuousClock.now
    private var done = 0
    private var lastDrawn: ContinuousClock.Instant?

    /// - Parameters:
    ///   - total: the number of steps; positive.
    ///   - noun: what the steps are, in the plural: "pictures".
    package init(total: Int, of noun: String) {
        self.total = total
        self.noun = noun
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Prints a line above the progress: an error, a warning.
    package func say(_ text: String) {
        Self.write((isTerminal ? Self.clear : "") + text + "\n")
        draw(always: true)
    }

    /// Prints a line on standard error when no progress is shown.
    package static func print(_ text: String) { write(text + "\n") }

    /// Prints what a step has done: where there is no redrawn line, and for a single step.
    package func note(_ text: String) {
        if isTerminal, total == 1 { say(text) }
        if !isTerminal { Self.write(text + "\n") }
    }

    /// Counts a step as done.
    package func step() {
        done += 1
        draw(always: done == total)
    }

    /// Erases the redrawn line.
    package func finish() {
        if isTerminal { Self.write(Self.clear) }
    }

    /// Seconds since the beginning.
    package var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Moves to the beginning of the line and erases it.
    private static let clear = "\r\u{1B}[K"

    private func draw(always: Bool) {
        guard isTerminal else { return }
        let now = ContinuousClock.now
        // Ten times a second is as fast as anyone reads.
        if !always, let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
        lastDrawn = now
        Self.write(Self.clear + Self.text(done: done, total: total, noun: noun, elapsed: elapsed))
    }

    /// For example `████████░░░░░░░░░░░░  40 %  8/20 pictures  2.5/s  5 s left`.
    package static func text(done: Int, total: Int, noun: String, elapsed: Double) -> String {
        let cells = 20
        let share = min(1, Double(done) / Double(max(1, total)))
        let filled = Int(share * Double(cells))
        var text = String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
        text += "  \(Int(share * 100)) %  \(done)/\(total) \(noun)"
        guard done > 0, elapsed > 0 else { return text }
        let rate = Double(done) / elapsed
        return text + "  \(tenths(rate))/s  \(duration(Double(total - done) / rate)) left"
    }

    /// A number with one decimal: `2.5`.
    package static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// A time in seconds as `5 s`, `3 min 20 s` or `2 h 5 min`.
    package static func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded(.up))
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min \(whole % 60) s"
        default: "\(whole / 3600) h \(whole / 60 % 60) min"
        }
    }

    /// Writes to the descriptor: C's `stderr` is a global variable, which Swift's concurrency checks reject.
    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            // Progress that can't be shown is no reason to fail.
            _ = systemWrite(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}

// Inside `ProgressLine` the name `write` is its own function.
private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
