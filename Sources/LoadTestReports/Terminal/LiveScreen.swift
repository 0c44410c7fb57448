package import LoadTesting

/// The live view of a running test in a terminal: one screen, drawn from each snapshot.
///
///     Sakuga load test · http://127.0.0.1:7860                      2:14 / 5:00
///     ███████████████████▏                                    45%  2:46 left
///     Step 3 of 5: 20 users · measuring, 0:22 of 1:00
///
///     QPS     mean    P50     P95     P99     errors  in flight  CPU  RSS
///     …
package struct LiveScreen: Sendable {
    /// Columns and rows of a terminal.
    package struct Size: Sendable, Equatable {
        /// Characters a line.
        package var columns: Int
        /// Lines.
        package var rows: Int

        /// A size; a terminal that claims to have none is taken for 80 × 24.
        package init(columns: Int, rows: Int) {
            self.columns = columns > 0 ? columns : 80
            self.rows = rows > 0 ? rows : 24
        }
    }

    private let target: String
    private let hasColour: Bool

    /// A screen for a test of `target`; without colour it only uses bold.
    package init(target: String, hasColour: Bool = true) {
        self.target = DisplayWidth.plain(target)
        self.hasColour = hasColour
    }

    /// The lines of the screen, within `size`; `steps` are the completed ones.
    package func frame(_ snapshot: LiveSnapshot, steps: [StepSummary], size: Size) -> [String] {
        let width = size.columns
        var blocks = [head(snapshot, width), figures(snapshot, width)]
        if let invalid = snapshot.invalid { blocks.append([paint(.red, cut("! \(invalid)", width))]) }
        if let note = snapshot.note { blocks.append([cut("  \(note)", width)]) }
        blocks.append(requests(snapshot, width))
        blocks.append(failures(snapshot, width))
        let top = Array(blocks.filter { !$0.isEmpty }.joined(separator: [""]))
        let table = StepTable(steps).lines(width: width)
        let bottom = ["", cut("Press Ctrl-C to stop the test with a full report.", width)]
        // The latest steps are the ones to see where not all of them fit.
        let room = size.rows - top.count - bottom.count - 2
        let shown = table.count <= room ? table : Array(table.prefix(1)) + Array(table.dropFirst().suffix(max(0, room - 1)))
        let middle = table.isEmpty || room < 2 ? [] : [""] + shown
        return Array((top + middle + bottom).prefix(max(1, size.rows - 1)))
    }

    private func head(_ snapshot: LiveSnapshot, _ width: Int) -> [String] {
        let clock =
            Figure.clock(snapshot.elapsed) + (snapshot.remaining.map { " / \(Figure.clock(snapshot.elapsed + $0))" } ?? "")
        let title = DisplayWidth.cut("Sakuga load test · \(target)", to: max(1, width - clock.count - 2))
        let gap = String(repeating: " ", count: max(1, width - DisplayWidth.of(title) - clock.count))
        var lines = [paint(.bold, title) + gap + clock]
        if let remaining = snapshot.remaining {
            lines.append(ProgressBar.line(done: snapshot.elapsed, left: remaining, width: width))
        }
        lines.append(cut(stage(snapshot), width))
        return lines
    }

    private func stage(_ snapshot: LiveSnapshot) -> String {
        guard let stage = snapshot.stage else { return Self.phase(snapshot.phase) }
        let place = stage.count.map { "Step \(stage.index + 1) of \($0)" } ?? "Step \(stage.index + 1)"
        let clock = stage.seconds.map { " of \(Figure.clock($0))" } ?? ""
        let level = snapshot.level.map { "\(stage.label.contains($0.text) ? "" : " (\($0.text))")" } ?? ""
        return
            "\(place): \(DisplayWidth.plain(stage.label))\(level) · \(Self.phase(snapshot.phase)), \(Figure.clock(stage.elapsed))\(clock)"
    }

    /// A phase as text.
    static func phase(_ phase: LiveSnapshot.Phase) -> String {
        switch phase {
        case .idle: "idle"
        case .starting: "connecting"
        case .settling: "warming up"
        case .measuring: "measuring"
        case .stopping: "stopping"
        case .finished: "finished"
        }
    }

    /// The last second and the step so far. A narrow terminal gets fewer columns rather than truncated ones.
    private func figures(_ snapshot: LiveSnapshot, _ width: Int) -> [String] {
        let names =
            width >= 68
            ? ["QPS", "mean", "P50", "P95", "P99", "errors", "requests"]
            : width >= 48 ? ["QPS", "mean", "P95", "errors"] : ["QPS", "P95"]
        var table = TextTable([.words("")] + names.map { .number($0) })
        for (title, figures) in [("last second", snapshot.second), ("this step", snapshot.window), ("in all", snapshot.total)] {
            table.add([title] + names.map { cell($0, figures) })
        }
        return table.lines(width: width) + [cut(resources(snapshot), width)]
    }

    private func cell(_ name: String, _ figures: LiveSnapshot.Figures) -> String {
        switch name {
        case "QPS": Figure.rate(figures.throughput)
        case "mean": time(figures.mean)
        case "P50": time(figures.p50)
        case "P95": time(figures.p95)
        case "P99": time(figures.p99)
        case "errors": Figure.share(figures.errorShare)
        default: "\(figures.requests)"
        }
    }

    private func resources(_ snapshot: LiveSnapshot) -> String {
        var parts = ["users \(snapshot.users)", "in flight \(snapshot.inFlight)"]
        if let target = snapshot.target {
            if let cpu = target.cpuPercent { parts.append("service CPU \(Figure.percent(cpu))") }
            if let bytes = target.residentBytes { parts.append("memory \(Figure.bytes(Double(bytes)))") }
            if let queued = target.queued ?? target.waiting { parts.append("queue \(Decimals.text(queued, places: 0))") }
        }
        parts.append("this program CPU \(Figure.percent(snapshot.generator.cpuPercent))")
        if snapshot.droppedStarts > 0 { parts.append("\(snapshot.droppedStarts) starts dropped") }
        return parts.joined(separator: " · ")
    }

    private func requests(_ snapshot: LiveSnapshot, _ width: Int) -> [String] {
        guard snapshot.requests.count > 1 else { return [] }
        var table = TextTable([.words("request")] + ["share", "QPS", "P95", "errors"].map { .number($0) })
        for request in snapshot.requests.prefix(6) {
            table.add([
                "\(request.method) \(request.name)", Figure.share(request.share), Figure.rate(request.figures.throughput),
                time(request.figures.p95), Figure.share(request.figures.errorShare),
            ])
        }
        return table.lines(width: width)
    }

    private func failures(_ snapshot: LiveSnapshot, _ width: Int) -> [String] {
        snapshot.failures.prefix(4).map { failure in
            let sample = failure.sample.map { ": \($0)" } ?? ""
            return paint(.red, cut("\(failure.count) × \(failure.cause), \(failure.request)\(sample)", width))
        }
    }

    /// Snapshots have milliseconds.
    private func time(_ milliseconds: Double?) -> String { Figure.time(milliseconds.map { $0 / 1000 }) }

    private func cut(_ text: String, _ width: Int) -> String { DisplayWidth.cut(DisplayWidth.plain(text), to: width) }

    private enum Paint: String {
        case bold = "1"
        case red = "31"
    }

    private func paint(_ paint: Paint, _ text: String) -> String {
        guard hasColour || paint == .bold else { return text }
        return "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m"
    }
}

/// How far a test is, as a bar with the time that is left.
enum ProgressBar {
    private static let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A line of exactly `width` columns; seconds done and left.
    static func line(done: Double, left: Double, width: Int) -> String {
        let all = done + left
        let share = all > 0 ? min(1, max(0, done / all)) : 0
        let words = DisplayWidth.pad("\(Int(share * 100))%  \(Figure.clock(left)) left", to: 18, isRight: true)
        let room = width - words.count - 1
        guard room >= 8 else { return DisplayWidth.cut(words, to: width) }
        let eighths = Int(share * Double(room) * 8)
        let bar = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
        return DisplayWidth.pad(bar, to: room) + " " + words
    }
}
