/// Base64 (RFC 4648) in both directions.
enum Base64Text {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// The value of each letter, 255 for what is none.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
        return table
    }()

    /// `bytes` with padding.
    static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { room, count in
            bytes.withUnsafeBytes { raw in
                var at = 0
                while at + 3 <= raw.count {
                    encodeGroup(raw[at], raw[at + 1], raw[at + 2], into: room, at: count)
                    at += 3
                    count += 4
                }
                guard at < raw.count else { return }
                encodeGroup(raw[at], at + 1 < raw.count ? raw[at + 1] : 0, 0, into: room, at: count)
                room[count + 3] = UInt8(ascii: "=")
                if at + 1 == raw.count { room[count + 2] = UInt8(ascii: "=") }
                count += 4
            }
        }
    }

    /// Writes the four letters of three bytes.
    static func encodeGroup(_ a: UInt8, _ b: UInt8, _ c: UInt8, into room: UnsafeMutableBufferPointer<UInt8>, at place: Int) {
        alphabet.withUnsafeBufferPointer { letters in
            room[place] = letters[Int(a >> 2)]
            room[place + 1] = letters[Int((a & 3) << 4 | b >> 4)]
            room[place + 2] = letters[Int((b & 15) << 2 | c >> 6)]
            room[place + 3] = letters[Int(c & 63)]
        }
    }

    /// The bytes that `text` stands for, its padding optional; nil if a character is none of base64's or the end is cut off.
    static func decoded(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var length = text.count
        while length > 0, text.count - length < 2, text[length - 1] == UInt8(ascii: "=") { length -= 1 }
        guard length % 4 != 1 else { return nil }
        var wrong: UInt8 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: length / 4 * 3 + 3) { room, count in
            values.withUnsafeBufferPointer { values in
                var at = 0
                while at + 4 <= length {
                    let (a, b, c, d) = (
                        values[Int(text[at])], values[Int(text[at + 1])], values[Int(text[at + 2])], values[Int(text[at + 3])]
                    )
                    wrong |= (a | b | c | d) & 0xC0
                    room[count] = a << 2 | b >> 4
                    room[count + 1] = b << 4 | c >> 2
                    room[count + 2] = c << 6 | d
                    at += 4
                    count += 3
                }
                guard at < length else { return }
                let (a, b) = (values[Int(text[at])], values[Int(text[at + 1])])
                let c = at + 2 < length ? values[Int(text[at + 2])] : 0
                wrong |= (a | b | c) & 0xC0
                room[count] = a << 2 | b >> 4
                room[count + 1] = b << 4 | c >> 2
                count += length - at - 1
            }
        }
        return wrong == 0 ? bytes : nil
    }
}
