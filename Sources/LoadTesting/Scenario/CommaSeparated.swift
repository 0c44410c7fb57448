/// Reads CSV (RFC 4180): a line of names, then lines of as many values; quotes keep commas, line ends and doubled quotes.
enum CommaSeparated {
    static func read(_ text: String, file: String) throws(ScenarioError) -> (columns: [String], rows: [[String]]) {
        var reader = Reader(
            file: file, rest: text.hasPrefix("\u{FEFF}") ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...])
        guard let columns = try reader.row() else {
            throw ScenarioError(file: file, "is empty; its first line names the columns.")
        }
        guard Set(columns).count == columns.count, !columns.contains("") else {
            throw ScenarioError(file: file, line: 1, column: 1, "the first line names the columns, each with a name of its own.")
        }
        var rows: [[String]] = []
        while case let line = reader.line, let row = try reader.row() {
            if row == [""] { continue }
            guard row.count == columns.count else {
                throw ScenarioError(
                    file: file, line: line, column: 1,
                    "has \(row.count) values where the first line names \(columns.count) columns.")
            }
            rows.append(row)
        }
        return (columns, rows)
    }

    private struct Reader {
        let file: String
        var rest: Substring.UnicodeScalarView
        var line = 1
        var column = 1

        /// The next row; nil at the end.
        mutating func row() throws(ScenarioError) -> [String]? {
            guard !rest.isEmpty else { return nil }
            var fields: [String] = []
            while true {
                fields.append(rest.first == "\"" ? try quoted() : plain())
                guard let next = take(), next == "," else {
                    return fields
                }
            }
        }

        private mutating func plain() -> String {
            var field = String.UnicodeScalarView()
            while let next = rest.first, next != ",", next != "\n", next != "\r" { field.append(take() ?? next) }
            skipReturn()
            return String(field)
        }

        private mutating func quoted() throws(ScenarioError) -> String {
            let start = (line, column)
            var field = String.UnicodeScalarView()
            _ = take()
            while let next = take() {
                guard next == "\"" else {
                    field.append(next)
                    continue
                }
                if rest.first == "\"" {
                    field.append("\"")
                    _ = take()
                    continue
                }
                skipReturn()
                guard rest.first.map({ $0 == "," || $0 == "\n" }) ?? true else {
                    throw ScenarioError(
                        file: file, line: line, column: column, "after a closing quote comes a comma or a new line.")
                }
                return String(field)
            }
            throw ScenarioError(file: file, line: start.0, column: start.1, "this quote is never closed.")
        }

        /// Windows ends lines with two characters.
        private mutating func skipReturn() {
            if rest.first == "\r" { _ = take() }
        }

        private mutating func take() -> Unicode.Scalar? {
            guard let next = rest.popFirst() else { return nil }
            if next == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
            return next
        }
    }
}
