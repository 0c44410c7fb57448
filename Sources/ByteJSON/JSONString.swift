/// What stands between the quotes of a JSON string, without and with its escapes.
package enum JSONString {
    /// The UTF-8 that `bytes` (what stands between the quotes) means.
    ///
    /// Half a surrogate pair becomes U+FFFD. An escape sequence that JSON does not have is left out, so that text no scanner has checked can
    /// be read too.
    package static func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            if let (scalar, length) = unicodeEscape(in: bytes, at: index) {
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                index += length
            } else {
                if index + 1 < bytes.count, let byte = singleCharacter(bytes[index + 1]) { text.append(byte) }
                index += 2
            }
        }
        return text
    }

    /// The text that `bytes` means; see ``unescaped(_:)``. Bytes that are not UTF-8 become U+FFFD.
    package static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: unescaped(bytes), as: UTF8.self)
    }

    /// `text` with everything escaped that JSON does not allow between quotes.
    package static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// What the letter after a backslash stands for; nil if it is none of JSON's.
    private static func singleCharacter(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        default: nil
        }
    }

    /// The scalar of `\uXXXX`, or of a surrogate pair of two, and the number of bytes it took; nil if no such escape begins at `index`.
    private static func unicodeEscape(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (Unicode.Scalar, length: Int)? {
        guard let first = codeUnit(in: bytes, at: index) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        if first < 0xDC00, let second = codeUnit(in: bytes, at: index + 6), (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        {
            return (scalar, 12)
        }
        return ("\u{FFFD}", 6)
    }

    /// The UTF-16 code unit of the `\uXXXX` at `index`, or nil.
    private static func codeUnit(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for place in index + 2..<index + 6 {
            guard let digit = bytes[place].hexValue else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }
}

extension UInt8 {
    /// What a hexadecimal digit stands for; nil for another byte.
    var hexValue: UInt32? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
