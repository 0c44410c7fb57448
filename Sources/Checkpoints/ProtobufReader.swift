/// The protocol-buffer wire format: a run of numbered fields. Only what ONNX uses; groups are refused.
struct ProtobufReader {
    /// One field as it lies on the wire.
    enum Value {
        case varint(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        case bytes(Range<Int>)

        /// The bytes of a length-delimited field.
        var range: Range<Int>? {
            if case .bytes(let range) = self { range } else { nil }
        }

        /// An integer field's value.
        var integer: Int? {
            if case .varint(let number) = self { Int(Int64(bitPattern: number)) } else { nil }
        }
    }

    let bytes: [UInt8]
    private var cursor: ByteCursor

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        cursor = ByteCursor(bytes, range)
    }

    /// The next field, or nil at the end.
    mutating func next() throws(CheckpointError) -> (field: Int, value: Value)? {
        guard cursor.remaining > 0 else { return nil }
        let key = try varint()
        let field = Int(key >> 3 & 0x1FFF_FFFF)
        switch key & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed64(try need(cursor.little(UInt64.self))))
        case 2:
            let length = try varint()
            guard length <= UInt64(cursor.remaining) else { throw cutOff }
            return (field, .bytes(try need(cursor.take(Int(length)))))
        case 5: return (field, .fixed32(try need(cursor.little(UInt32.self))))
        default: throw .malformed(format: .onnx, detail: "it has a field of an unknown wire type")
        }
    }

    /// The varints packed into the rest.
    mutating func packedIntegers(limit: Int) throws(CheckpointError) -> [Int] {
        var numbers: [Int] = []
        while cursor.remaining > 0, numbers.count < limit { numbers.append(Int(Int64(bitPattern: try varint()))) }
        return numbers
    }

    private mutating func varint() throws(CheckpointError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try need(cursor.byte())
            // The tenth byte has room for one bit; Swift's smart shift drops the rest.
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed(format: .onnx, detail: "it has a number of more than ten bytes")
    }

    private func need<Item>(_ item: Item?) throws(CheckpointError) -> Item {
        guard let item else { throw cutOff }
        return item
    }

    private var cutOff: CheckpointError { .malformed(format: .onnx, detail: "it ends in the middle of a field") }
}

extension ProtobufReader {
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
