/// Names of metrics and labels that are valid in Prometheus.
enum MetricName {
    /// The exposed name of the metric `label`: invalid characters become `_`, and `suffix` is added where it is missing.
    static func exposed(_ label: String, suffix: String = "") -> String {
        let name = sanitized(label, allowsColon: true)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// A valid label name. Names with two leading underscores are reserved for Prometheus, `le` for its histograms.
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

/// A combination of labels as in the exposition, `a="1",b="2"`, sorted by name. Equal texts are equal combinations.
struct LabelText {
    /// The longest label value, in Unicode scalars; longer ones are truncated, because each scrape transfers them.
    static let maximumValueLength = 200

    /// The combination; empty without labels.
    let text: String
    /// The same labels, each with the value `other`: the series shared by all combinations beyond the limit.
    let other: String

    /// Of two dimensions with the same name the later one wins.
    init(_ dimensions: [(String, String)]) {
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[MetricName.label(name)] = value }
        let names = values.keys.sorted()
        text = names.map { "\($0)=\"\(Self.escaped(values[$0] ?? ""))\"" }.joined(separator: ",")
        other = names.map { "\($0)=\"other\"" }.joined(separator: ",")
    }

    /// Whether `text` is the combination of a shared series.
    static func isOther(_ text: String) -> Bool {
        !text.isEmpty && text.split(separator: ",").allSatisfy { $0.hasSuffix("=\"other\"") }
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars.prefix(maximumValueLength) {
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
