/// Walks over a JSON text (RFC 8259) without building a tree: strings of megabytes are skipped in place, eight bytes at a time, and only
/// what the caller asks for is copied.
package struct JSONScanner {
    /// A syntax error.
    package struct Problem: Error, Equatable {
        /// What is wrong, without the position.
        package var message: String
        /// Byte offset from the start.
        package var offset: Int
    }

    /// The position of a string, without its quotes.
    package struct StringToken: Equatable {
        /// Byte offsets in the text.
        package var range: Range<Int>
        /// Whether the string has to be unescaped; see ``JSONString/unescaped(_:)``.
        package var hasEscapes: Bool
    }

    /// The kind of a value.
    package enum Kind: String {
        case object, array, string, number, boolean, null
    }

    /// Deeper nesting is an error, because each level costs a stack frame.
    package static let maximumDepth = 64

    /// The text.
    package let bytes: UnsafeBufferPointer<UInt8>
    /// The scanner's position, in bytes from the start.
    package private(set) var offset = 0

    /// A scanner at the beginning of a text. The memory must remain valid while the scanner is in use.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The kind of the value that begins at the next byte that is not white space.
    package mutating func peekKind() throws(Problem) -> Kind {
        skipWhiteSpace()
        guard offset < bytes.count else { throw problem("a value was expected but the text ends") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw problem("a value was expected")
        }
    }

    /// Calls `body` with the key of each member of an object; `body` must consume the member's value.
    package mutating func forEachMember(_ body: (inout JSONScanner, StringToken) throws(Problem) -> Void) throws(Problem) {
        try expect("{")
        if takes("}") { return }
        repeat {
            skipWhiteSpace()
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
                throw problem("a property name in double quotes was expected")
            }
            let key = try scanString()
            try expect(":")
            try body(&self, key)
        } while takes(",")
        try expect("}")
    }

    /// Calls `body` at each element of an array; `body` must consume the element.
    package mutating func forEachElement(_ body: (inout JSONScanner) throws(Problem) -> Void) throws(Problem) {
        try expect("[")
        if takes("]") { return }
        repeat { try body(&self) } while takes(",")
        try expect("]")
    }

    /// Skips one value of any kind and checks that it is well formed. `depth` is the nesting depth at which the value stands.
    package mutating func skipValue(depth: Int = 0) throws(Problem) {
        let kind = try peekKind()
        if depth > Self.maximumDepth { throw problem("values are nested deeper than \(Self.maximumDepth) levels") }
        switch kind {
        case .object:
            try forEachMember { (scanner, _) throws(Problem) in try scanner.skipValue(depth: depth + 1) }
        case .array:
            try forEachElement { (scanner) throws(Problem) in try scanner.skipValue(depth: depth + 1) }
        case .string: _ = try scanString()
        case .number: try skipNumber()
        case .boolean: try skipWord(bytes[offset] == UInt8(ascii: "t") ? "true" : "false")
        case .null: try skipWord("null")
        }
    }

    /// Checks that only white space is left.
    package mutating func expectEnd() throws(Problem) {
        skipWhiteSpace()
        if offset < bytes.count { throw problem("there is more text after the value") }
    }

    /// The text of a string that this scanner has found.
    package func text(of token: StringToken) -> String {
        let raw = UnsafeBufferPointer(rebasing: bytes[token.range])
        return token.hasEscapes ? JSONString.text(raw) : String(decoding: raw, as: UTF8.self)
    }

    private func problem(_ message: String) -> Problem { Problem(message: message, offset: offset) }

    private mutating func skipWhiteSpace() {
        while offset < bytes.count, bytes[offset].isJSONWhiteSpace { offset += 1 }
    }

    private mutating func takes(_ sign: Unicode.Scalar) -> Bool {
        skipWhiteSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: sign) else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ sign: Unicode.Scalar) throws(Problem) {
        if !takes(sign) { throw problem("'\(sign)' was expected") }
    }

    private mutating func skipWord(_ word: StaticString) throws(Problem) {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset < bytes.count, bytes[offset] == word.utf8Start[index] else {
                throw problem("'\(word)' was expected")
            }
            offset += 1
        }
    }

    private mutating func skipNumber() throws(Problem) {
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "0") { offset += 1 } else { try skipDigits() }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try skipDigits()
        }
        guard offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") else { return }
        offset += 1
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        try skipDigits()
    }

    private mutating func skipDigits() throws(Problem) {
        let start = offset
        while offset < bytes.count, bytes[offset].isDigit { offset += 1 }
        if offset == start { throw problem("a digit was expected") }
    }

    /// Skips the string that begins at the current byte.
    package mutating func scanString() throws(Problem) -> StringToken {
        let opening = offset
        offset += 1
        var hasEscapes = false
        var isASCII = true
        while true {
            skipPlainBytes()
            guard offset < bytes.count else {
                throw Problem(message: "the string that begins here has no end", offset: opening)
            }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                let range = opening + 1..<offset
                if !isASCII { try checkUTF8(range) }
                offset += 1
                return StringToken(range: range, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            case 0..<0x20:
                throw problem("a control character in a string has to be escaped")
            default:
                isASCII = false
                offset += 1
            }
        }
    }

    /// Stops at the next quote, backslash, control character or byte outside ASCII.
    private mutating func skipPlainBytes() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawPointer(bytes.baseAddress)
        while let raw, offset + 8 <= bytes.count {
            let eight = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let quotes = eight ^ (ones &* 0x22)
            let slashes = eight ^ (ones &* 0x5C)
            // The usual "has a byte less than n" trick. Borrows run upwards only, so the lowest mark is always right.
            let below =
                ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((eight &- ones &* 0x20) & ~eight)
            let marks = (below | eight) & tops
            if marks != 0 {
                offset += marks.trailingZeroBitCount / 8
                return
            }
            offset += 8
        }
        while offset < bytes.count, bytes[offset].isPlainInJSONString { offset += 1 }
    }

    private mutating func skipEscape() throws(Problem) {
        guard offset + 1 < bytes.count else { throw problem("the escape sequence is not complete") }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard offset + 6 <= bytes.count, (offset + 2..<offset + 6).allSatisfy({ bytes[$0].hexValue != nil }) else {
                throw problem("\\u needs four hexadecimal digits")
            }
            offset += 6
        default:
            throw problem("there is no such escape sequence")
        }
    }

    private func checkUTF8(_ range: Range<Int>) throws(Problem) {
        if String(validating: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) == nil {
            throw Problem(message: "the string that begins here is not UTF-8", offset: range.lowerBound)
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    fileprivate var isPlainInJSONString: Bool {
        self >= 0x20 && self < 0x80 && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}

extension UInt8 {
    /// Whether this is white space in JSON: space, tab, line feed or carriage return.
    package var isJSONWhiteSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}

/// A position in a text as editors show it, counted from 1.
package struct TextPosition: Equatable, Sendable {
    /// The line.
    package var line: Int
    /// The column, in bytes.
    package var column: Int

    /// The position of the byte at `offset`.
    package init(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
        line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        column = min(offset, bytes.count) - lineStart + 1
    }
}
