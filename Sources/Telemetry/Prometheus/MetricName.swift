/// Metric names as Prometheus takes them.
enum MetricName {
    /// The name under which `label` is exposed: what may not be in a name becomes `_`, a counter ends in `_total`, a timer in `_seconds`.
    static func exposed(_ label: String, suffix: String = "") -> String {
        let name = sanitized(label, allowsColon: true)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// A label's name. Names with two leading underscores belong to Prometheus, `le` to its histograms.
    static func label(_ name: String) -> String {
        let plain = sanitized(name, allowsColon: false)
        let own = plain.hasPrefix("__") ? "_" + plain.drop { $0 == "_" } : plain
        return own == "le" ? "exported_le" : own
    }

    private static func sanitized(_ text: String, allowsColon: Bool) -> String {
        var bytes = text.utf8.map { isPlain($0) || (allowsColon && $0 == UInt8(ascii: ":")) ? $0 : UInt8(ascii: "_") }
        if bytes.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// One combination of labels as it stands in the exposition, `a="1",b="2"` in the order of the names. Equal texts are equal combinations.
struct LabelText {
    /// A longer value would make every scrape pay for it.
    static let longestValue = 200

    /// The combination; empty without labels.
    let text: String
    /// The same labels, each with the value `other`: what stands for all combinations beyond the bound.
    let other: String

    /// Of two dimensions with one name the later counts.
    init(_ dimensions: [(String, String)]) {
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[MetricName.label(name)] = value }
        let names = values.keys.sorted()
        text = names.map { "\($0)=\"\(Self.escaped(values[$0] ?? ""))\"" }.joined(separator: ",")
        other = names.map { "\($0)=\"other\"" }.joined(separator: ",")
    }

    /// Whether `text` is such a combination of others.
    static func isOther(_ text: String) -> Bool {
        !text.isEmpty && text.split(separator: ",").allSatisfy { $0.hasSuffix("=\"other\"") }
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars.prefix(longestValue) {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
