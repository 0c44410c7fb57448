import ByteJSON

/// Text with places `${name}` that data fills.
package struct Placeholders: Sendable {
    /// What a value must look like where it is put.
    package enum Context: Sendable {
        /// In a path: what would end it or change its meaning is percent-encoded.
        case path
        /// Inside of a string of JSON.
        case json
        /// In a header or any other text: as it is.
        case text
    }

    private enum Part: Sendable {
        case fixed(String)
        case column(String)
    }

    private let parts: [Part]
    /// The columns that are used.
    package let columns: Set<String>

    /// A text without places.
    package init(fixed text: String) {
        parts = [.fixed(text)]
        columns = []
    }

    /// Cuts a text at its places. Nil when one is not closed or has no name.
    package init?(_ text: String) {
        var parts: [Part] = [], rest = text[...]
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}"), end > start.upperBound else { return nil }
            parts.append(.fixed(String(rest[..<start.lowerBound])))
            parts.append(.column(String(rest[start.upperBound..<end])))
            rest = rest[end...].dropFirst()
        }
        parts.append(.fixed(String(rest)))
        self.parts = parts
        columns = Set(
            parts.compactMap { part in
                if case .column(let name) = part { name } else { nil }
            })
    }

    /// The text with these values; a column without one stays empty.
    package func filled(_ values: [String: String], in context: Context) -> String {
        parts.map { part in
            switch part {
            case .fixed(let text): text
            case .column(let name): Self.fitted(values[name] ?? "", context)
            }
        }.joined()
    }

    private static func fitted(_ value: String, _ context: Context) -> String {
        switch context {
        case .text: value
        case .json: JSONString.escaped(value)
        case .path: percentEncoded(value)
        }
    }

    /// RFC 3986: letters, digits and `-._~` stay.
    private static func percentEncoded(_ value: String) -> String {
        value.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-._~".unicodeScalars.contains(scalar)
            {
                return String(scalar)
            }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
