/// How the load goes over time: its stages one after another.
package struct LoadShape: Sendable, Hashable, Codable {
    /// The shapes that have a name.
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case steady, steps, ramp, spike, soak, stages
        /// The load is found by search instead of being given.
        case findMaximum
    }

    /// Which shape it is.
    package var kind: Kind
    /// Its stages; of `findMaximum` the first one only, from which the search starts.
    package var stages: [LoadStage]

    package init(kind: Kind, stages: [LoadStage]) {
        self.kind = kind
        self.stages = stages
    }

    /// One load for a time; nil seconds: until it is stopped.
    package static func steady(_ level: LoadLevel, seconds: Double?) -> LoadShape {
        LoadShape(kind: .steady, stages: [LoadStage(level, seconds: seconds)])
    }

    /// One load after another, each for as long.
    package static func steps(_ levels: [LoadLevel], seconds: Double) -> LoadShape {
        LoadShape(kind: .steps, stages: levels.map { LoadStage($0, seconds: seconds) })
    }

    /// A load that grows (or falls) steadily, in as many windows as `parts` so that its results can be told apart.
    package static func ramp(from: LoadLevel, to: LoadLevel, seconds: Double, parts: Int = 5) -> LoadShape {
        let parts = max(1, parts), span = to.number - from.number
        let stages = (0..<parts).map { part in
            let begin = from.with(from.number + span * Double(part) / Double(parts))
            let end = from.with(from.number + span * Double(part + 1) / Double(parts))
            return LoadStage(begin, to: end, seconds: seconds / Double(parts), dropped: 0)
        }
        return LoadShape(kind: .ramp, stages: stages)
    }

    /// A quiet load, a sudden one for a third of the time, and the quiet one again to see whether the target recovers.
    package static func spike(base: LoadLevel, peak: LoadLevel, seconds: Double) -> LoadShape {
        let third = seconds / 3
        return LoadShape(
            kind: .spike,
            stages: [
                LoadStage(base, seconds: third, label: "before"), LoadStage(peak, seconds: third, label: "spike"),
                LoadStage(base, seconds: third, label: "after"),
            ])
    }

    /// One load for long, in windows of equal length, so that a slow decay shows.
    package static func soak(_ level: LoadLevel, seconds: Double, windows: Int = 6) -> LoadShape {
        let windows = max(1, windows)
        let stages = (0..<windows).map { window in
            LoadStage(
                level, seconds: seconds / Double(windows), dropped: window == 0 ? nil : 0,
                label: "\(level.text), part \(window + 1)")
        }
        return LoadShape(kind: .soak, stages: stages)
    }

    /// The highest load under which the objectives hold, looked for from `level`; each trial lasts `seconds`.
    package static func findMaximum(startingAt level: LoadLevel, seconds: Double) -> LoadShape {
        LoadShape(kind: .findMaximum, stages: [LoadStage(level, seconds: seconds)])
    }

    /// How long all stages take; nil when one has no end or there is a search.
    package var seconds: Double? {
        guard kind != .findMaximum else { return nil }
        return stages.reduce(0.0 as Double?) { sum, stage in
            if let sum, let seconds = stage.seconds { sum + seconds } else { nil }
        }
    }

    /// The highest load of any stage.
    package var peak: LoadLevel? {
        stages.flatMap { [$0.from, $0.to] }.max { $0.number < $1.number }
    }
}

extension LoadShape {
    /// In words: `steps 5, 10, 20 users, 60 s each`.
    package var text: String {
        let unit = if let first = stages.first, first.from.isOpen { "a second" } else { "users" }
        let length = stages.first?.seconds.map { "\(Decimals.shortest($0)) s" } ?? "until stopped"
        switch kind {
        case .steady: return "\(stages.first?.from.text ?? "nothing"), \(length)"
        case .steps:
            return "steps \(stages.map { Decimals.shortest($0.to.number) }.joined(separator: ", ")) \(unit), \(length) each"
        case .findMaximum: return "search for the highest load from \(stages.first?.from.text ?? ""), \(length) a trial"
        case .ramp, .spike, .soak, .stages:
            let parts = stages.map { stage in
                let level = stage.isSteady ? "" : "\(Decimals.shortest(stage.from.number))→"
                return level + Decimals.shortest(stage.to.number) + (stage.seconds.map { " for \(Decimals.shortest($0)) s" } ?? "")
            }
            return "\(kind.rawValue): \(parts.prefix(20).joined(separator: ", "))\(parts.count > 20 ? ", …" : "") \(unit)"
        }
    }
}
