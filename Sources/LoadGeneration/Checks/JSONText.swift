/// The text of a JSON string.
enum JSONText {
    /// What the bytes between a string's quotes mean; a wrong escape is left out.
    static func unescaped(_ raw: UnsafeRawBufferPointer) -> String {
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var units: [UInt16] = []
        var bytes: [UInt8] = []
        var at = 0
        // Escaped UTF-16 may come in pairs; it is turned into UTF-8 as soon as anything else follows.
        func flush() {
            bytes.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
            units.removeAll()
        }
        while at < raw.count {
            if raw[at] != UInt8(ascii: "\\") {
                flush()
                bytes.append(raw[at])
                at += 1
            } else if at + 5 < raw.count, raw[at + 1] == UInt8(ascii: "u"),
                let unit = UInt16(String(decoding: raw[(at + 2)...(at + 5)], as: UTF8.self), radix: 16)
            {
                units.append(unit)
                at += 6
            } else {
                flush()
                if at + 1 < raw.count, let byte = single(raw[at + 1]) { bytes.append(byte) }
                at += 2
            }
        }
        flush()
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func single(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        default: nil
        }
    }
}
