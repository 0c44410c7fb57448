/// The number types of weights files: all little-endian, all converted to `Float`.
enum ElementType {
    case float32, float16, bfloat16, float64

    /// Bytes of one element.
    var size: Int {
        switch self {
        case .float16, .bfloat16: 2
        case .float32: 4
        case .float64: 8
        }
    }

    /// Decodes `count` contiguous elements from byte `offset` on.
    /// - Precondition: they lie within `bytes`.
    func decode(_ bytes: [UInt8], at offset: Int, count: Int) -> [Float] {
        precondition(offset >= 0 && count >= 0 && offset + count * size <= bytes.count, "the elements must lie within the bytes")
        return bytes.withUnsafeBytes { source in
            [Float](unsafeUninitializedCapacity: count) { target, filled in
                for index in 0..<count {
                    target[index] = load(source, offset + index * size)
                }
                filled = count
            }
        }
    }

    /// Decodes the elements of a strided tensor in row-major order. It begins at byte `offset`; `strides` count elements.
    /// - Precondition: all elements lie within `bytes`.
    func gather(_ bytes: [UInt8], at offset: Int, shape: [Int], strides: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        return bytes.withUnsafeBytes { source in
            [Float](unsafeUninitializedCapacity: count) { target, filled in
                var index = [Int](repeating: 0, count: shape.count)
                var element = 0
                for position in 0..<count {
                    target[position] = load(source, offset + element * size)
                    var axis = shape.count - 1
                    while axis >= 0 {
                        index[axis] += 1
                        element += strides[axis]
                        if index[axis] < shape[axis] { break }
                        element -= strides[axis] * shape[axis]
                        index[axis] = 0
                        axis -= 1
                    }
                }
                filled = count
            }
        }
    }

    private func load(_ source: UnsafeRawBufferPointer, _ offset: Int) -> Float {
        switch self {
        case .float32:
            Float(bitPattern: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        case .float16:
            HalfPrecision.widen(UInt16(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        case .bfloat16:
            Float(bitPattern: UInt32(UInt16(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt16.self))) << 16)
        case .float64:
            Float(Double(bitPattern: UInt64(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt64.self))))
        }
    }
}

/// Conversions of IEEE 754 binary16, because Swift's `Float16` does not exist on Intel Macs.
enum HalfPrecision {
    static func widen(_ half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let magnitude = UInt32(half & 0x7FFF)
        if magnitude >= 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13) }
        // The shift aligns the fields with those of binary32; the product corrects the exponent's bias, also of subnormals.
        let scaled = Float(bitPattern: magnitude << 13) * Float(bitPattern: UInt32(254 - 15) << 23)
        return Float(bitPattern: sign | scaled.bitPattern)
    }

    /// The nearest half, ties to even; values beyond the range become infinite.
    static func narrow(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
        let magnitude = value.bitPattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Below the smallest normal half: adding 0.5 leaves the rounded subnormal in the low bits.
            let rounded = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- Float(0.5).bitPattern)
        }
        let odd = (magnitude >> 13) & 1
        return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13)
    }
}

/// Products of the extents in a file, where every multiplication may overflow.
enum ShapeArithmetic {
    /// The number of elements; nil if an extent is negative or the product overflows.
    static func count(_ shape: [Int]) -> Int? {
        var product = 1
        for extent in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }

    /// The number of bytes of `shape` with elements of `size` bytes; nil as above.
    static func bytes(_ shape: [Int], size: Int) -> Int? {
        count(shape + [size])
    }
}
