/// Rows of data that requests are filled with: each row gives a value to each column.
package struct DataFeed: Sendable, Equatable {
    /// Rows at most: each becomes a prepared request, which stays in memory.
    package static let mostRows = 10_000
    /// Bytes of the file at most.
    package static let longest = 64 << 20

    /// Where it is from, for messages.
    package var file: String
    /// Names that may stand in `${…}`.
    package var columns: [String]
    /// One value a column.
    package var rows: [[String]]

    /// What one row says, by column.
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
            throw ScenarioError(file: file, "data comes from a .csv or a .jsonl file.")
        }
        guard !rows.isEmpty else { throw ScenarioError(file: file, "has no data.") }
        guard rows.count <= Self.mostRows else {
            throw ScenarioError(file: file, "has \(rows.count) rows; \(Self.mostRows) are the most that are kept in memory.")
        }
    }
}
