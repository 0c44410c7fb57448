/// A log line in the making.
struct LogText {
    /// Bytes of one text that are kept.
    static let longestText = 4 << 10

    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(256) }

    /// Appends what is known to be harmless.
    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Appends `text` in quotation marks, escaped as JSON asks for; a long one is cut.
    mutating func appendQuoted(_ text: String) {
        append("\"")
        appendEscaped(text, quotes: true)
        append("\"")
    }

    /// Appends `text` with everything escaped that could break the line, rule a terminal or disguise what is written; with `quotes`, also
    /// quotation marks and backslashes. A long one is cut.
    mutating func appendEscaped(_ text: String, quotes: Bool) {
        let end = bytes.count + Self.longestText
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

    /// `\u001b`; all that is harmful lies in the plane that four digits reach.
    private mutating func appendCode(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        append("\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits)
    }

    /// Control characters (C0, DEL and C1), line and paragraph separators, and the marks that turn the direction of writing.
    static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
