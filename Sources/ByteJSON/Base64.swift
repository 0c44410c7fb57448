/// Standard Base64 (RFC 4648, section 4), fast enough for pictures of megabytes.
package enum Base64 {
    /// Why a text is not Base64.
    package enum Problem: Error, Equatable {
        /// A byte that is not in the alphabet, not padding at the end, and not white space; `offset` counts bytes from the start.
        case unexpectedByte(UInt8, offset: Int)
        /// The text stops after the first character of a group of four.
        case truncated
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Set in a table's entry for each byte outside the alphabet.
    private static let invalid: UInt32 = 1 << 31

    /// Four tables of 256: a character's value, already shifted to its place in a group of four.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: invalid, count: 4 * 256)
        for (value, character) in alphabet.enumerated() {
            for place in 0..<4 {
                tables[place * 256 + Int(character)] = UInt32(value) << UInt32(18 - 6 * place)
            }
        }
        return tables
    }()

    /// The bytes that `text` encodes. Padding is optional; white space is skipped.
    package static func decode(_ text: UnsafeBufferPointer<UInt8>) throws(Problem) -> [UInt8] {
        var problem: Problem?
        let bytes = tables.withUnsafeBufferPointer { tables in
            [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { output, count in
                var decoder = Decoder(text: text, output: output, tables: tables)
                problem = decoder.run()
                count = decoder.written
            }
        }
        if let problem { throw problem }
        return bytes
    }

    /// The number of characters that `count` bytes are encoded as, padding included.
    package static func encodedLength(of count: Int) -> Int { (count + 2) / 3 * 4 }

    /// `bytes` as Base64 with padding.
    package static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        let length = encodedLength(of: bytes.count)
        return [UInt8](unsafeUninitializedCapacity: length) { output, count in
            bytes.withUnsafeBufferPointer { encode($0, into: output) }
            count = length
        }
    }

    /// Writes `bytes` as Base64 with padding; `output` has room for `encodedLength(of:)` characters.
    package static func encode(_ bytes: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) {
        precondition(output.count >= encodedLength(of: bytes.count))
        alphabet.withUnsafeBufferPointer { alphabet in
            var read = 0
            var written = 0
            while read + 3 <= bytes.count {
                let group = UInt32(bytes[read]) << 16 | UInt32(bytes[read + 1]) << 8 | UInt32(bytes[read + 2])
                output[written] = alphabet[Int(group >> 18)]
                output[written + 1] = alphabet[Int(group >> 12 & 63)]
                output[written + 2] = alphabet[Int(group >> 6 & 63)]
                output[written + 3] = alphabet[Int(group & 63)]
                read += 3
                written += 4
            }
            let rest = bytes.count - read
            guard rest > 0 else { return }
            let group = UInt32(bytes[read]) << 16 | (rest == 2 ? UInt32(bytes[read + 1]) << 8 : 0)
            output[written] = alphabet[Int(group >> 18)]
            output[written + 1] = alphabet[Int(group >> 12 & 63)]
            output[written + 2] = rest == 2 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "=")
            output[written + 3] = UInt8(ascii: "=")
        }
    }

    /// One pass over a text: a fast loop over groups of four, and a slow one for white space and the end.
    private struct Decoder {
        let text: UnsafeBufferPointer<UInt8>
        let output: UnsafeMutableBufferPointer<UInt8>
        let tables: UnsafeBufferPointer<UInt32>
        var read = 0
        var written = 0

        mutating func run() -> Problem? {
            while true {
                decodeWholeGroups()
                switch decodeOneGroupSlowly() {
                case .more: continue
                case .end: return nil
                case .problem(let problem): return problem
                }
            }
        }

        private mutating func decodeWholeGroups() {
            while read + 4 <= text.count {
                let group =
                    tables[Int(text[read])] | tables[256 + Int(text[read + 1])]
                    | tables[512 + Int(text[read + 2])] | tables[768 + Int(text[read + 3])]
                if group & Base64.invalid != 0 { return }
                write(group, bytes: 3)
                read += 4
            }
        }

        private enum Step {
            case more
            case end
            case problem(Problem)
        }

        private mutating func decodeOneGroupSlowly() -> Step {
            var group: UInt32 = 0
            var place = 0
            while place < 4 {
                guard read < text.count else { return finish(group, characters: place) }
                let byte = text[read]
                if byte == UInt8(ascii: "=") {
                    if let problem = checkPadding() { return .problem(problem) }
                    return finish(group, characters: place)
                }
                if !byte.isJSONWhiteSpace {
                    let value = tables[place * 256 + Int(byte)]
                    if value & Base64.invalid != 0 { return .problem(.unexpectedByte(byte, offset: read)) }
                    group |= value
                    place += 1
                }
                read += 1
            }
            write(group, bytes: 3)
            return .more
        }

        /// After the first `=` there may be one more, and white space.
        private func checkPadding() -> Problem? {
            var signs = 0
            for offset in read..<text.count where !text[offset].isJSONWhiteSpace {
                signs += 1
                if text[offset] != UInt8(ascii: "=") || signs > 2 {
                    return .unexpectedByte(text[offset], offset: offset)
                }
            }
            return nil
        }

        private mutating func finish(_ group: UInt32, characters: Int) -> Step {
            if characters == 1 { return .problem(.truncated) }
            if characters > 1 { write(group, bytes: characters - 1) }
            return .end
        }

        private mutating func write(_ group: UInt32, bytes: Int) {
            output[written] = UInt8(truncatingIfNeeded: group >> 16)
            if bytes > 1 { output[written + 1] = UInt8(truncatingIfNeeded: group >> 8) }
            if bytes > 2 { output[written + 2] = UInt8(truncatingIfNeeded: group) }
            written += bytes
        }
    }
}
