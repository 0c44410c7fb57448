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
