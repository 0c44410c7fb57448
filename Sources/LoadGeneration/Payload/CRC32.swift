/// The checksum of PNG chunks (ISO 3309).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    /// The checksum of what `before` is the checksum of, followed by `bytes`. Nothing has the checksum 0.
    static func continued(_ before: UInt32 = 0, _ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~before) { value, byte in table[Int((value ^ UInt32(byte)) & 0xFF)] ^ value >> 8 }
    }
}
