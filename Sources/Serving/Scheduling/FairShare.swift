/// Whose turn it is, the direct line's or the queued line's: when both have jobs, each gets half of the core-seconds.
///
/// It is the line that has had less. Counting core-seconds and not jobs, large pictures in one line don't squeeze the other.
/// A line that was empty has no claim to what it let pass; only what the other line's running jobs took counts as a debt to it,
/// so that a line whose next job comes a moment late (the worker has to claim it from the store) does not lose its turn.
package struct LineTurns: Sendable, Equatable {
    private var served = PerLine(direct: 0.0, queued: 0.0)
    private var latest = JobTerms.Line.queued

    /// Begins with both lines even; the direct one goes first.
    package init() {}

    /// The line whose turn it is, of those that have a job.
    package func next(among hasJobs: PerLine<Bool>) -> JobTerms.Line? {
        switch (hasJobs.direct, hasJobs.queued) {
        case (false, false): nil
        case (true, false): .direct
        case (false, true): .queued
        case (true, true):
            if served.direct == served.queued { latest.other } else { served.direct < served.queued ? .direct : .queued }
        }
    }

    /// A job of `line` that will take so many core-seconds starts.
    package mutating func start(_ line: JobTerms.Line, coreSeconds: Double) {
        served[line] += coreSeconds
        latest = line
    }

    /// A job of `line` has taken so many core-seconds more (or, negative, less) than was reckoned at its start.
    package mutating func correct(_ line: JobTerms.Line, by coreSeconds: Double) {
        served[line] += coreSeconds
    }

    /// The first job comes to `line`, which was empty, while running jobs of the other line take `otherRunning` core-seconds.
    package mutating func becomeBusy(_ line: JobTerms.Line, otherRunning: Double) {
        served[line] = max(served[line], served[line.other] - otherRunning)
    }
}

/// The order in which the jobs of both lines will start, as far as can be told now.
struct TurnOrder {
    private var turns: LineTurns
    private var next = PerLine(direct: 0, queued: 0)

    init(turns: LineTurns) {
        self.turns = turns
    }

    /// The next job: its line and its place there. `counts` are the lines' lengths; `coreSeconds` tells a job's cost.
    mutating func advance(
        counts: PerLine<Int>, coreSeconds: (JobTerms.Line, Int) -> Double
    ) -> (line: JobTerms.Line, index: Int)? {
        let hasJobs = PerLine(direct: next.direct < counts.direct, queued: next.queued < counts.queued)
        guard let line = turns.next(among: hasJobs) else { return nil }
        let index = next[line]
        next[line] += 1
        turns.start(line, coreSeconds: coreSeconds(line, index))
        return (line, index)
    }
}

/// One value for each of the two lines.
package struct PerLine<Value> {
    /// The value for the direct line.
    package var direct: Value
    /// The value for the queued line.
    package var queued: Value

    /// Makes a pair.
    package init(direct: Value, queued: Value) {
        self.direct = direct
        self.queued = queued
    }

    /// The value for `line`.
    package subscript(line: JobTerms.Line) -> Value {
        get { line == .direct ? direct : queued }
        set { if line == .direct { direct = newValue } else { queued = newValue } }
    }
}

extension PerLine: Sendable where Value: Sendable {}
extension PerLine: Equatable where Value: Equatable {}

extension JobTerms.Line {
    /// The line that is not this one.
    var other: Self { self == .direct ? .queued : .direct }
}
