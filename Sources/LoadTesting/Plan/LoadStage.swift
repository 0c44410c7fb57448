/// A stretch of time with one load, or with a load that changes steadily. Its results are a step of their own.
package struct LoadStage: Sendable, Hashable, Codable {
    /// What tables call it: `20 users`, `8/s`, `5→50 users`.
    package var label: String
    /// The load when it begins.
    package var from: LoadLevel
    /// The load when it ends; the same model as `from`.
    package var to: LoadLevel
    /// How long it lasts, in seconds, with what is dropped of it; nil: until somebody stops it.
    package var seconds: Double?
    /// Seconds at its beginning that do not count, nil: as the plan says. The time in which users are started never counts.
    package var dropped: Double?

    /// A stage; `to` nil means that the load stays.
    package init(_ from: LoadLevel, to: LoadLevel? = nil, seconds: Double?, dropped: Double? = nil, label: String? = nil) {
        self.from = from
        self.to = to ?? from
        self.seconds = seconds
        self.dropped = dropped
        self.label = label ?? Self.label(from, to ?? from)
    }

    /// Whether the load stays the same all the time.
    package var isSteady: Bool { from == to }

    /// The load at a time since its beginning.
    package func level(at elapsed: Double) -> LoadLevel {
        guard !isSteady, let seconds, seconds > 0 else { return to }
        let share = min(1, max(0, elapsed / seconds))
        return from.with(from.number + (to.number - from.number) * share)
    }

    private static func label(_ from: LoadLevel, _ to: LoadLevel) -> String {
        from == to ? to.text : "\(ShortNumber.text(from.number))→\(to.text)"
    }
}
