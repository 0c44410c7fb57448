/// Comma-separated text as Python's `csv` writes it: quotes only where needed, lines ending in CR LF.
struct CSVText {
    private(set) var text = ""

    /// Adds a line.
    mutating func add(_ fields: [String]) {
        text += fields.map(Self.field).joined(separator: ",") + "\r\n"
    }

    private static func field(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
