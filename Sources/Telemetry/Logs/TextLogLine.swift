import Logging

/// A record as a line for people: time, level, logger, metadata, and last the message. A value that holds more than plain characters stands in
/// quotation marks, so that nothing a client sends can pose as another field.
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

    /// Whether the text can stand without quotation marks: no space or other sign with a meaning in the line, no colon at its end.
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
