/// The kinds of number that a weights file may hold; all little-endian, all widened or narrowed to `Float`.
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

    /// `count` elements that lie one after the other from byte `offset` on.
    /// - Precondition: they lie inside `bytes`.
    func decode(_ bytes: [UInt8], at offset: Int, count: Int) -> [Float] {
        precondition(offset >= 0 && count >= 0 && offset + count * size <= bytes.count, "elements outside their bytes")
        return bytes.withUnsafeBytes { source in
            [Float](unsafeUninitializedCapacity: count) { target, filled in
                for index in 0..<count {
                    target[index] = load(source, offset + index * size)
                }
                filled = count
            }
        }
    }

    /// Elements gathered row by row from a storage that begins at byte `offset`; `strides` count elements.
    /// - Precondition: the extremes of the walk lie inside `bytes`.
    func gather(_ bytes: [UInt8], at offset: Int, shape: [Int], strides: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        return bytes.withUnsafeBytes { source in
            [Float](unsafeUninitializedCapacity: count) { target, filled in
                var place = [Int](repeating: 0, count: shape.count)
                var element = 0
                for index in 0..<count {
                    target[index] = load(source, offset + element * size)
                    var axis = shape.count - 1
                    while axis >= 0 {
                        place[axis] += 1
                        element += strides[axis]
                        if place[axis] < shape[axis] { break }
                        element -= strides[axis] * shape[axis]
                        place[axis] = 0
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

/// IEEE 754 binary16 by its bits: Swift's own `Float16` does not exist on Intel Macs.
enum HalfPrecision {
    static func widen(_ half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let magnitude = UInt32(half & 0x7FFF)
        if magnitude >= 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13) }
        // Shifting lines the fields up with binary32's; the product moves the exponent's bias, subnormals included.
        let scaled = Float(bitPattern: magnitude << 13) * Float(bitPattern: UInt32(254 - 15) << 23)
        return Float(bitPattern: sign | scaled.bitPattern)
    }

    /// The nearest half, ties to even; beyond 65504 it is infinite.
    static func narrow(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
        let magnitude = value.bitPattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Below the least normal half: adding 0.5 leaves the rounded subnormal in the low bits.
            let rounded = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- Float(0.5).bitPattern)
        }
        let odd = (magnitude >> 13) & 1
        return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13)
    }
}

/// Products of extents that come from a file, where every multiplication may overflow.
enum ShapeArithmetic {
    /// The number of elements, or nil where an extent is negative or the product does not fit.
    static func count(_ shape: [Int]) -> Int? {
        var product = 1
        for extent in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }

    /// The number of bytes of `shape` in elements of `size` bytes, or nil as above.
    static func bytes(_ shape: [Int], size: Int) -> Int? {
        count(shape + [size])
    }
}
