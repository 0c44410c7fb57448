package import LoadTesting

/// The progress of a running test without a terminal: a line at intervals, and one for each completed step.
package struct PlainProgress: Sendable {
    private let interval: Double
    private var lastTold: Double?
    private var stepsTold = 0
    private var phase: LiveSnapshot.Phase?

    /// A line every `interval` seconds.
    package init(interval: Double = 10) { self.interval = interval }

    /// The lines for a snapshot, often none. `steps` are the completed ones.
    package mutating func lines(_ snapshot: LiveSnapshot, steps: [StepSummary]) -> [String] {
        var lines: [String] = []
        while stepsTold < steps.count {
            let step = steps[stepsTold]
            stepsTold += 1
            // The head of the table once, its lines as they come.
            let table = StepTable([step]).lines()
            lines += stepsTold == 1 ? Array(table.prefix(2)) : Array(table.dropFirst().prefix(1))
        }
        let isDue = lastTold.map { snapshot.elapsed - $0 >= interval } ?? true
        guard snapshot.phase != .idle, isDue || snapshot.phase != phase else { return lines }
        lastTold = snapshot.elapsed
        phase = snapshot.phase
        return lines + [Self.line(snapshot)]
    }

    private static func line(_ snapshot: LiveSnapshot) -> String {
        var parts = [Figure.clock(snapshot.elapsed)]
        if let stage = snapshot.stage {
            parts.append(stage.count.map { "step \(stage.index + 1)/\($0)" } ?? "step \(stage.index + 1)")
        }
        parts.append(LiveScreen.phase(snapshot.phase))
        let second = snapshot.second
        parts += [
            "\(snapshot.users) users", "\(Figure.rate(second.throughput))/s", "P95 \(Figure.time(second.p95.map { $0 / 1000 }))",
            "errors \(Figure.share(snapshot.total.errorShare))",
        ]
        if let remaining = snapshot.remaining { parts.append("\(Figure.clock(remaining)) left") }
        return DisplayWidth.plain(parts.joined(separator: "  "))
    }
}
