/// Names a job. It cannot be guessed, so whoever knows it may see and cancel the job.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// 32 hexadecimal digits.
    package let text: String

    /// A new one: 128 random bits.
    package init() {
        var generator = SystemRandomNumberGenerator()
        text = (0..<2).map { _ in Self.digits(generator.next()) }.joined()
    }

    /// Reads what `text` says; nil when that is no id.
    package init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isDigit) else { return nil }
        self.text = text
    }

    package var description: String { text }

    private static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
