package import LoadGeneration

/// A time span with a constant or a linearly changing load. Its result is a step of its own.
package struct LoadStage: Sendable, Hashable, Codable {
    /// Its name in tables: `20 users`, `8/s`, `5→50 users`.
    package var label: String
    /// The load when it begins.
    package var from: LoadLevel
    /// The load when it ends; the same model as `from`.
    package var to: LoadLevel
    /// Its length in seconds, warm-up included; nil: until it is stopped.
    package var seconds: Double?
    /// Seconds of warm-up; nil: as the plan says. The time in which users are spawned is never measured.
    package var dropped: Double?

    /// A stage; without `to` the load is constant.
    package init(_ from: LoadLevel, to: LoadLevel? = nil, seconds: Double?, dropped: Double? = nil, label: String? = nil) {
        self.from = from
        self.to = to ?? from
        self.seconds = seconds
        self.dropped = dropped
        self.label = label ?? Self.label(from, to ?? from)
    }

    /// Whether the load is constant.
    package var isSteady: Bool { from == to }

    /// The load after `elapsed` seconds.
    package func level(at elapsed: Double) -> LoadLevel {
        guard !isSteady, let seconds, seconds > 0 else { return to }
        let share = min(1, max(0, elapsed / seconds))
        return from.with(from.number + (to.number - from.number) * share)
    }

    private static func label(_ from: LoadLevel, _ to: LoadLevel) -> String {
        from == to ? to.text : "\(Decimals.shortest(from.number))→\(to.text)"
    }
}

/// A load at one time.
package enum LoadLevel: Sendable, Hashable, Codable {
    /// Closed model: the number of virtual users, each of which waits for its response before its next request.
    case users(Int)
    /// Open model: the arrivals a second, whatever the target does.
    case rate(Double)

    /// The level as text: `20 users`, `8/s`.
    package var text: String {
        switch self {
        case .users(let count): count == 1 ? "1 user" : "\(count) users"
        case .rate(let rate): "\(Decimals.shortest(rate))/s"
        }
    }

    /// The number alone.
    package var number: Double {
        switch self {
        case .users(let count): Double(count)
        case .rate(let rate): rate
        }
    }

    /// The same model with another number; users are rounded to whole ones.
    package func with(_ number: Double) -> LoadLevel {
        switch self {
        case .users: .users(Int(max(0, number).rounded()))
        case .rate: .rate(max(0, number))
        }
    }
}

extension LoadLevel {
    /// Whether it is of the open model.
    package var isOpen: Bool {
        if case .rate = self { true } else { false }
    }
}

extension WaitTime {
    /// As written on the command line and in scenarios: `none`, `2s`, `1..3s`, `pacing 5s`.
    package var text: String {
        switch self {
        case .none: "none"
        case .constant(let seconds): "\(Decimals.shortest(seconds))s"
        case .between(let low, let high): "\(Decimals.shortest(low))..\(Decimals.shortest(high))s"
        case .pacing(let seconds): "pacing \(Decimals.shortest(seconds))s"
        }
    }
}
