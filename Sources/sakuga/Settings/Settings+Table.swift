extension Settings {
    /// Every setting with its value and origin, passwords hidden, as a table.
    var table: String {
        var rows = [("setting", "value", "from")]
        if let file { rows.append(("config", file.path, "\(file.origin)")) }
        rows += all.map { ($0.option.name, $0.shownValue, "\($0.origin)") }
        let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
        return rows.map { name, value, origin in
            "\(Self.padded(name, widths.0))  \(Self.padded(value, widths.1))  \(origin)"
        }.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
