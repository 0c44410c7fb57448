import Logging

/// A record as one JSON object: time, level, logger, message, the own fields, and the rest under `metadata`.
enum JSONLogLine {
    static func render(_ record: LogRecord) -> [UInt8] {
        var text = LogText()
        text.append("{\"time\":\"\(LogTime.text(record.time))\",\"level\":\"\(record.level.rawValue)\",\"logger\":")
        text.appendQuoted(record.logger)
        text.append(",\"message\":")
        text.appendQuoted(record.message)
        for key in LogRecord.ownFields {
            guard let value = record.metadata[key] else { continue }
            text.append(",\"\(key)\":")
            text.appendQuoted("\(value)")
        }
        let others = record.others
        if !others.isEmpty {
            text.append(",\"metadata\":")
            append(others, to: &text, depth: 0)
        }
        text.append("}\n")
        return text.bytes
    }

    /// Appends a value as JSON. What is nested deeper than anybody reads becomes a text.
    static func append(_ value: Logger.MetadataValue, to text: inout LogText, depth: Int = 0) {
        switch value {
        case .string(let string): text.appendQuoted(string)
        case .stringConvertible(let convertible): append(convertible, to: &text)
        case .array(let values) where depth < deepest:
            text.append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { text.append(",") }
                append(value, to: &text, depth: depth + 1)
            }
            text.append("]")
        case .dictionary(let values) where depth < deepest:
            append(values.sorted { $0.key < $1.key }, to: &text, depth: depth + 1)
        case .array, .dictionary: text.appendQuoted("\(value)")
        }
    }

    private static let deepest = 4

    private static func append(
        _ fields: [(key: String, value: Logger.MetadataValue)], to text: inout LogText, depth: Int
    ) {
        text.append("{")
        for (index, field) in fields.enumerated() {
            if index > 0 { text.append(",") }
            text.appendQuoted(field.key)
            text.append(":")
            append(field.value, to: &text, depth: depth)
        }
        text.append("}")
    }

    /// Numbers and truth values stay what they are.
    private static func append(_ value: any CustomStringConvertible & Sendable, to text: inout LogText) {
        switch value {
        case let number as any BinaryInteger: text.append("\(number)")
        case let number as Double where number.isFinite: text.append("\(number)")
        case let truth as Bool: text.append("\(truth)")
        default: text.appendQuoted(value.description)
        }
    }
}
