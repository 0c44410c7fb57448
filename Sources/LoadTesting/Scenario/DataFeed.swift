import Foundation

/// Rows of data that requests are filled with: each row gives a value to each column.
package struct DataFeed: Sendable, Equatable {
    /// Rows at most: each becomes a prepared request, which stays in memory.
    package static let maximumRows = 10_000
    /// Bytes of the file at most.
    package static let longest = 64 << 20

    /// Where it is from, for messages.
    package var file: String
    /// The names that `${…}` may use.
    package var columns: [String]
    /// One value a column.
    package var rows: [[String]]

    /// The values of one row by column.
    package func values(_ row: Int) -> [String: String] {
        Dictionary(zip(columns, rows[row])) { first, _ in first }
    }

    /// Reads a table by what its file's name ends in: `.csv` with a line of names, or `.jsonl` with an object a line.
    package init(_ bytes: [UInt8], file: String) throws(ScenarioError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ScenarioError(file: file, "is not UTF-8 text; save it as UTF-8.")
        }
        self.file = file
        let lower = file.lowercased()
        if lower.hasSuffix(".jsonl") || lower.hasSuffix(".ndjson") {
            (columns, rows) = try JSONLines.read(text, file: file)
        } else if lower.hasSuffix(".csv") {
            (columns, rows) = try CommaSeparated.read(text, file: file)
        } else {
            throw ScenarioError(file: file, "data must be a .csv or a .jsonl file.")
        }
        guard !rows.isEmpty else { throw ScenarioError(file: file, "has no data.") }
        guard rows.count <= Self.maximumRows else {
            throw ScenarioError(file: file, "has \(rows.count) rows; the limit is \(Self.maximumRows).")
        }
    }
}

/// Reads a file with one JSON object a line; the first one names the columns.
enum JSONLines {
    static func read(_ text: String, file: String) throws(ScenarioError) -> (columns: [String], rows: [[String]]) {
        var columns: [String] = [], rows: [[String]] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            let object = try object(line, file: file, number: index + 1)
            if columns.isEmpty { columns = object.keys.sorted() }
            var row: [String] = []
            for column in columns {
                guard let value = object[column] else {
                    throw ScenarioError(file: file, line: index + 1, column: 1, "lacks '\(column)', which the first line has.")
                }
                row.append(value)
            }
            rows.append(row)
        }
        return (columns, rows)
    }

    private static func object(_ line: Substring, file: String, number: Int) throws(ScenarioError) -> [String: String] {
        guard let object = try? JSONDecoder().decode([String: Scalar].self, from: Data(line.utf8)), !object.isEmpty else {
            throw ScenarioError(
                file: file, line: number, column: 1, "is not an object of strings, numbers and booleans, such as {\"id\": 7}.")
        }
        return object.mapValues(\.text)
    }

    /// A scalar as text.
    private struct Scalar: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                text = "\(value)"
            } else if let value = try? container.decode(Int.self) {
                text = "\(value)"
            } else if let value = try? container.decode(Double.self) {
                text = "\(value)"
            } else {
                text = try container.decode(String.self)
            }
        }
    }
}

/// Reads CSV (RFC 4180): a line of names, then lines of as many values; quotes keep commas, line ends and doubled quotes.
enum CommaSeparated {
    static func read(_ text: String, file: String) throws(ScenarioError) -> (columns: [String], rows: [[String]]) {
        var reader = Reader(
            file: file, rest: text.hasPrefix("\u{FEFF}") ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...])
        guard let columns = try reader.row() else {
            throw ScenarioError(file: file, "is empty; its first line must name the columns.")
        }
        guard Set(columns).count == columns.count, !columns.contains("") else {
            throw ScenarioError(file: file, line: 1, column: 1, "the first line must give each column a name of its own.")
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
                        file: file, line: line, column: column, "a closing quote must be followed by a comma or a new line.")
                }
                return String(field)
            }
            throw ScenarioError(file: file, line: start.0, column: start.1, "this quote is not closed.")
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
