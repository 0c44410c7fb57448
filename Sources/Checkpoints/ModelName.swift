/// A model's name: 1 to 64 of a–z, 0–9, `_` and `-`. It becomes a file's name, so nothing else may be in it.
package struct ModelName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The name itself.
    package let text: String

    /// - Throws: ``ModelStoreError/badName(_:)``.
    package init(_ text: String) throws(ModelStoreError) {
        let allowed = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        guard (1...64).contains(text.utf8.count), allowed else { throw .badName(text.printable) }
        self.text = text
    }

    /// Reads a name from a card, with the same check.
    package init(from decoder: any Decoder) throws {
        self = try ModelName(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the bare text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The bare text.
    package var description: String { text }

    /// By the alphabet.
    package static func < (left: ModelName, right: ModelName) -> Bool { left.text < right.text }
}
