/// How much load there is at one moment.
package enum LoadLevel: Sendable, Hashable, Codable {
    /// Closed model: so many virtual users, each of which waits for its answer before it asks again.
    case users(Int)
    /// Open model: so many requests begin in a second, whatever the target does.
    case rate(Double)

    /// The level in people's words: `20 users`, `8/s`.
    package var text: String {
        switch self {
        case .users(let count): count == 1 ? "1 user" : "\(count) users"
        case .rate(let rate): "\(ShortNumber.text(rate))/s"
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

/// Numbers without needless digits.
enum ShortNumber {
    /// `8`, `7.5`, `0.125`: at most three decimals and none that are zero.
    static func text(_ value: Double) -> String {
        let thousandths = (value * 1_000).rounded()
        guard abs(thousandths) < 1e15 else { return "\(value)" }
        let whole = Int(thousandths)
        if whole % 1_000 == 0 { return "\(whole / 1_000)" }
        var digits = String(abs(whole) % 1_000)
        digits = String(repeating: "0", count: 3 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole < 0 ? "-" : "")\(abs(whole) / 1_000).\(digits)"
    }
}
