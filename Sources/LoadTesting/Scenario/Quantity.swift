package import LoadGeneration

/// Times and loads as written in a scenario: `500ms`, `60s`, `2m`, `1h`; `5`, `5..50`.
package enum Quantity {
    /// Seconds; a bare number is seconds. Nil when it is none, negative, or longer than 30 days.
    package static func seconds(_ text: String) -> Double? {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let factors: [String: Double] = ["ms": 0.001, "": 1, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400]
        guard let value = Double(number), let factor = factors[String(text.dropFirst(number.count))],
            value * factor <= 30 * 86_400
        else { return nil }
        return value * factor
    }

    /// One number, or two with `..` between them.
    package static func range(_ text: String) -> (from: Double, to: Double)? {
        if let number = plain(text[...]) { return (number, number) }
        guard let dots = text.firstRange(of: ".."), let from = plain(text[..<dots.lowerBound]),
            let to = plain(text[dots.upperBound...])
        else { return nil }
        return (from, to)
    }

    /// `none`, `2s`, `1..3`, `1s..3s`, `pacing 5s`.
    package static func wait(_ text: String) -> WaitTime? {
        if ["none", "0", "0s"].contains(text) { return WaitTime.none }
        for word in ["pacing ", "pacing:"] where text.hasPrefix(word) {
            return seconds(text.dropFirst(word.count).filter { $0 != " " }).flatMap { $0 > 0 ? .pacing($0) : nil }
        }
        if let constant = seconds(text) { return .constant(constant) }
        guard let dots = text.firstRange(of: ".."), let low = seconds(String(text[..<dots.lowerBound])),
            let high = seconds(String(text[dots.upperBound...])), low <= high
        else { return nil }
        return low == high ? .constant(low) : .between(low, high)
    }

    private static func plain(_ text: Substring) -> Double? {
        guard !text.isEmpty, text.allSatisfy({ $0.isNumber || $0 == "." }), let number = Double(text) else { return nil }
        return number
    }
}
