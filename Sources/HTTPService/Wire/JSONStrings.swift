/// Taking escapes out of JSON strings and putting them in.
package enum JSONStrings {
    /// The UTF-8 of a string whose escapes a scanner has found to be well formed. Half a surrogate pair becomes U+FFFD.
    package static func unescape(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "u"):
                let (scalar, length) = unescapeUnicode(bytes, at: index)
                text.append(contentsOf: String(Character(scalar)).utf8)
                index += length
                continue
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case let same: text.append(same)
            }
            index += 2
        }
        return text
    }

    /// The scalar of `\uXXXX`, or of a surrogate pair of two, and the number of bytes it took.
    private static func unescapeUnicode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (Unicode.Scalar, Int) {
        let first = fourDigits(bytes, at: index + 2)
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        let next = index + 6
        if first < 0xDC00, next + 6 <= bytes.count, bytes[next] == UInt8(ascii: "\\"), bytes[next + 1] == UInt8(ascii: "u") {
            let second = fourDigits(bytes, at: next + 2)
            if (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return (scalar, 12)
            }
        }
        return ("\u{FFFD}", 6)
    }

    private static func fourDigits(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32 {
        (index..<index + 4).reduce(0) { $0 << 4 | (bytes[$1].hexValue ?? 0) }
    }
}
