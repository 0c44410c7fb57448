/// The samples of an answer in Prometheus' text form, as far as they are numbers.
package struct PrometheusText: Sendable {
    /// The sum over all label sets of each name.
    package private(set) var sums: [String: Double] = [:]

    /// Reads what it can; lines that are no samples are passed over. Nil when there is not a single sample.
    package init?(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first(where: { !$0.isWhitespace }), first != "#",
                let (name, value) = Self.sample(line)
            else { continue }
            sums[name, default: 0] += value
        }
        if sums.isEmpty { return nil }
    }

    /// `name{label="text"} value [time]`; what stands in the braces may hold spaces, braces and escaped quotes.
    private static func sample(_ line: Substring) -> (name: String, value: Double)? {
        let line = line.drop(while: \.isWhitespace)
        let name = line.prefix { $0 != "{" && !$0.isWhitespace }
        var rest = line[name.endIndex...]
        if rest.first == "{" {
            guard let end = labelsEnd(rest) else { return nil }
            rest = rest[end...].dropFirst()
        }
        let fields = rest.split(whereSeparator: \.isWhitespace)
        guard !name.isEmpty, (1...2).contains(fields.count), let value = Double(fields[0]), value.isFinite else { return nil }
        return (String(name), value)
    }

    private static func labelsEnd(_ text: Substring) -> Substring.Index? {
        var isQuoted = false, isEscaped = false
        for index in text.indices {
            switch text[index] {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"": isQuoted.toggle()
            case "}" where !isQuoted: return index
            default: break
            }
        }
        return nil
    }

    /// The first of several names that is there.
    package func value(_ names: String...) -> Double? {
        for name in names {
            if let value = sums[name] { return value }
        }
        return nil
    }
}
