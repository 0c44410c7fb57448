import Logging

/// A record as one JSON object: time, level, logger, message, the top-level fields, and the rest under `metadata`.
enum JSONLogLine {
    static func render(_ record: LogRecord) -> [UInt8] {
        var text = LogText()
        text.append("{\"time\":\"\(LogTime.text(record.time))\",\"level\":\"\(record.level.rawValue)\",\"logger\":")
        text.appendQuoted(record.logger)
        text.append(",\"message\":")
        text.appendQuoted(record.message)
        for key in LogRecord.topLevelFields {
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

    /// Appends a value as JSON. Deeply nested values become a string.
    static func append(_ value: Logger.MetadataValue, to text: inout LogText, depth: Int = 0) {
        switch value {
        case .string(let string): text.appendQuoted(string)
        case .stringConvertible(let convertible): append(convertible, to: &text)
        case .array(let values) where depth < maximumDepth:
            text.append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { text.append(",") }
                append(value, to: &text, depth: depth + 1)
            }
            text.append("]")
        case .dictionary(let values) where depth < maximumDepth:
            append(values.sorted { $0.key < $1.key }, to: &text, depth: depth + 1)
        case .array, .dictionary: text.appendQuoted("\(value)")
        }
    }

    private static let maximumDepth = 4

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

    /// Numbers and booleans keep their type.
    private static func append(_ value: any CustomStringConvertible & Sendable, to text: inout LogText) {
        switch value {
        case let number as any BinaryInteger: text.append("\(number)")
        case let number as Double where number.isFinite: text.append("\(number)")
        case let flag as Bool: text.append("\(flag)")
        default: text.appendQuoted(value.description)
        }
    }
}

/// A record as a line for people: time, level, logger, metadata, and last the message. A value with other than plain characters is quoted,
/// so that nothing a client sends can look like another field.
enum TextLogLine {
    static func render(_ record: LogRecord) -> [UInt8] {
        var text = LogText()
        text.append("\(LogTime.text(record.time)) \(record.level.rawValue) ")
        text.appendEscaped(record.logger, quotes: false)
        for (key, value) in record.ordered {
            text.append(" ")
            append(word: key, to: &text)
            text.append("=")
            append(value, to: &text)
        }
        text.append(": ")
        text.appendEscaped(record.message, quotes: false)
        text.append("\n")
        return text.bytes
    }

    private static func append(_ value: Logger.MetadataValue, to text: inout LogText) {
        switch value {
        case .string(let string): append(word: string, to: &text)
        case .stringConvertible(let convertible): append(word: convertible.description, to: &text)
        case .array, .dictionary: JSONLogLine.append(value, to: &text)
        }
    }

    private static func append(word: String, to text: inout LogText) {
        if isPlain(word) {
            text.appendEscaped(word, quotes: false)
        } else {
            text.appendQuoted(word)
        }
    }

    /// Whether the text needs no quotation marks: it has no space or other character with a meaning in the line, and no colon at its end.
    private static func isPlain(_ word: String) -> Bool {
        guard let last = word.unicodeScalars.last, last != ":" else { return false }
        return word.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "\"", "\\", "=", "{", "[", "]", "}": false
            default: !scalar.properties.isWhitespace && !LogText.isHarmful(scalar)
            }
        }
    }
}

/// A log line under construction.
struct LogText {
    /// The longest text that is not truncated, in bytes.
    static let maximumTextLength = 4 << 10

    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(256) }

    /// Appends text that needs no escaping.
    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Appends `text` in quotation marks, escaped as in JSON; a long text is truncated.
    mutating func appendQuoted(_ text: String) {
        append("\"")
        appendEscaped(text, quotes: true)
        append("\"")
    }

    /// Appends `text` with all characters escaped that could break the line, control a terminal or disguise the text; with `quotes`, also
    /// quotation marks and backslashes. A long text is truncated.
    mutating func appendEscaped(_ text: String, quotes: Bool) {
        let end = bytes.count + Self.maximumTextLength
        for scalar in text.unicodeScalars {
            if bytes.count >= end {
                append("…")
                return
            }
            append(scalar, quotes: quotes)
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar, quotes: Bool) {
        switch scalar {
        case "\n": append("\\n")
        case "\r": append("\\r")
        case "\t": append("\\t")
        case "\"" where quotes: append("\\\"")
        case "\\" where quotes: append("\\\\")
        case _ where Self.isHarmful(scalar): appendCode(scalar)
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// Appends an escape such as `\u001b`; all harmful characters have at most four digits.
    private mutating func appendCode(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        append("\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits)
    }

    /// Whether a character is a control character (C0, DEL, C1), a line or paragraph separator, or a bidirectional control.
    static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
