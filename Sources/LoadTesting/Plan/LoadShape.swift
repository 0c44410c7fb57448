/// How the load changes over time: a sequence of stages.
package struct LoadShape: Sendable, Hashable, Codable {
    /// The named shapes.
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case steady, steps, ramp, spike, soak, stages
        /// A search for the highest load.
        case findMaximum
    }

    /// Which shape it is.
    package var kind: Kind
    /// Its stages; for `findMaximum` the one from which the search starts.
    package var stages: [LoadStage]

    package init(kind: Kind, stages: [LoadStage]) {
        self.kind = kind
        self.stages = stages
    }

    /// A constant load; nil seconds: until it is stopped.
    package static func steady(_ level: LoadLevel, seconds: Double?) -> LoadShape {
        LoadShape(kind: .steady, stages: [LoadStage(level, seconds: seconds)])
    }

    /// One load after another, each for `seconds`.
    package static func steps(_ levels: [LoadLevel], seconds: Double) -> LoadShape {
        LoadShape(kind: .steps, stages: levels.map { LoadStage($0, seconds: seconds) })
    }

    /// A load that changes linearly, in `parts` stages with a result each.
    package static func ramp(from: LoadLevel, to: LoadLevel, seconds: Double, parts: Int = 5) -> LoadShape {
        let parts = max(1, parts), span = to.number - from.number
        let stages = (0..<parts).map { part in
            let begin = from.with(from.number + span * Double(part) / Double(parts))
            let end = from.with(from.number + span * Double(part + 1) / Double(parts))
            return LoadStage(begin, to: end, seconds: seconds / Double(parts), dropped: 0)
        }
        return LoadShape(kind: .ramp, stages: stages)
    }

    /// A base load, a spike for a third of the time, and the base load again, which shows whether the target recovers.
    package static func spike(base: LoadLevel, peak: LoadLevel, seconds: Double) -> LoadShape {
        let third = seconds / 3
        return LoadShape(
            kind: .spike,
            stages: [
                LoadStage(base, seconds: third, label: "before"), LoadStage(peak, seconds: third, label: "spike"),
                LoadStage(base, seconds: third, label: "after"),
            ])
    }

    /// A constant load for a long time, in stages of equal length, which show slow degradation.
    package static func soak(_ level: LoadLevel, seconds: Double, windows: Int = 6) -> LoadShape {
        let windows = max(1, windows)
        let stages = (0..<windows).map { window in
            LoadStage(
                level, seconds: seconds / Double(windows), dropped: window == 0 ? nil : 0,
                label: "\(level.text), part \(window + 1)")
        }
        return LoadShape(kind: .soak, stages: stages)
    }

    /// A search for the highest load that meets the objectives, from `level` on; each trial lasts `seconds`.
    package static func findMaximum(startingAt level: LoadLevel, seconds: Double) -> LoadShape {
        LoadShape(kind: .findMaximum, stages: [LoadStage(level, seconds: seconds)])
    }

    /// The length of all stages in seconds; nil when one has no end, or for a search.
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
    /// As text: `steps 5, 10, 20 users, 60 s each`.
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
                return level + Decimals.shortest(stage.to.number)
                    + (stage.seconds.map { " for \(Decimals.shortest($0)) s" } ?? "")
            }
            return "\(kind.rawValue): \(parts.prefix(20).joined(separator: ", "))\(parts.count > 20 ? ", …" : "") \(unit)"
        }
    }
}
