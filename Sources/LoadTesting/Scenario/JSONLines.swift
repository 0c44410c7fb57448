import Foundation

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
                    throw ScenarioError(file: file, line: index + 1, column: 1, "has no '\(column)', which the first line has.")
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
                file: file, line: number, column: 1, "is not an object of texts, numbers and true or false, such as {\"id\": 7}.")
        }
        return object.mapValues(\.text)
    }

    /// A value that can stand in a request as text.
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
