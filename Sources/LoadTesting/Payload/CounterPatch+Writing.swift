import ByteJSON

extension CounterPatch {
    /// Writes the patch for request `number` at the beginning of `room`, which has at least `length` bytes. No allocation.
    package func write(_ number: UInt64, into room: UnsafeMutableBufferPointer<UInt8>) {
        guard isBase64 else { return writeRaw(number, into: room) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.rawLength) { raw in
            writeRaw(number, into: raw)
            Base64.encode(UnsafeBufferPointer(raw), into: room)
        }
    }

    private func writeRaw(_ number: UInt64, into room: UnsafeMutableBufferPointer<UInt8>) {
        switch form {
        case .digits: Self.writeDigits(number, count: Self.rawLength, into: room)
        case .pngText(let before):
            let digits = Self.rawLength - 4
            Self.writeDigits(number, count: digits, into: room)
            let crc = CRC32.continued(before, UnsafeBufferPointer(rebasing: room[..<digits]))
            for byte in 0..<4 { room[digits + byte] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32(byte))) }
        }
    }

    /// `count` hexadecimal digits, the lowest last.
    static func writeDigits(_ number: UInt64, count: Int, into room: UnsafeMutableBufferPointer<UInt8>) {
        var rest = number
        for place in stride(from: count - 1, through: 0, by: -1) {
            let digit = UInt8(rest & 15)
            room[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest >>= 4
        }
    }
}
