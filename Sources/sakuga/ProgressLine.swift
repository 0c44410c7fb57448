#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How far a long command is, on standard error: on a terminal one line that redraws itself, with rate and remaining
/// time; elsewhere (a file, a pipe, CI) only the plain lines of ``say(_:)`` and ``note(_:)``.
actor ProgressLine {
    private let total: Int
    private let noun: String
    private let isTerminal: Bool
    private let start = ContinuousClock.now
    private var done = 0
    private var lastDrawn: ContinuousClock.Instant?

    /// - Parameters:
    ///   - total: how many steps there are; positive.
    ///   - noun: what a step is, in the plural ("pictures").
    init(total: Int, of noun: String) {
        self.total = total
        self.noun = noun
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// A line that stays, above the moving one: an error, a warning.
    func say(_ text: String) {
        Self.write((isTerminal ? Self.clear : "") + text + "\n")
        draw(always: true)
    }

    /// A line on standard error while no progress is shown.
    static func print(_ text: String) { write(text + "\n") }

    /// What has just been done, for those who see no moving line, or who did it once.
    func note(_ text: String) {
        if isTerminal, total == 1 { say(text) }
        if !isTerminal { Self.write(text + "\n") }
    }

    /// One more step is done.
    func step() {
        done += 1
        draw(always: done == total)
    }

    /// Takes the moving line away.
    func finish() {
        if isTerminal { Self.write(Self.clear) }
    }

    /// The time since this was made, in seconds.
    var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Back to the line's beginning, and what stood there erased.
    private static let clear = "\r\u{1B}[K"

    private func draw(always: Bool) {
        guard isTerminal else { return }
        let now = ContinuousClock.now
        // Ten times a second is all that an eye follows.
        if !always, let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
        lastDrawn = now
        Self.write(Self.clear + Self.text(done: done, total: total, noun: noun, elapsed: elapsed))
    }

    /// For example `████████░░░░░░░░░░░░  40 %  8/20 pictures  2.5/s  5 s left`.
    static func text(done: Int, total: Int, noun: String, elapsed: Double) -> String {
        let cells = 20
        let share = min(1, Double(done) / Double(max(1, total)))
        let filled = Int(share * Double(cells))
        var text = String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
        text += "  \(Int(share * 100)) %  \(done)/\(total) \(noun)"
        guard done > 0, elapsed > 0 else { return text }
        let rate = Double(done) / elapsed
        return text + "  \(tenths(rate))/s  \(duration(Double(total - done) / rate)) left"
    }

    /// For example `2.5`.
    static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// For example `5 s`, `3 min 20 s`, `2 h 5 min`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded(.up))
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min \(whole % 60) s"
        default: "\(whole / 3600) h \(whole / 60 % 60) min"
        }
    }

    /// By the descriptor: C's `stderr` is a global variable, which Swift's concurrency checks refuse.
    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            // What cannot be shown is not worth failing for.
            _ = systemWrite(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}

// Inside `ProgressLine`, `write` is its own.
private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
