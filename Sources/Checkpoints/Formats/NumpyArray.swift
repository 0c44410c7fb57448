#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A NumPy array file (numpy.lib.format), limited to what pictures and activations need: versions 1.0 to 3.0, C order, little-endian `f4`
/// or `u1`.
package struct NumpyArray: Sendable, Equatable {
    /// Extents, outermost first.
    package let shape: [Int]
    /// The values in C order; bytes are 0...255.
    package let values: [Float]

    /// Creates an array of `shape.reduce(1, *)` values.
    package init(shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "the number of values must match the shape")
        self.shape = shape
        self.values = values
    }

    /// The maximum size of a file, in bytes.
    package static let byteLimit = 1 << 30
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Reads a file.
    /// - Throws: ``NumpyError``, which says what is wrong with it.
    package init(reading path: String) throws(NumpyError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw NumpyError("\(path) cannot be read; check that it exists and is readable.")
        }
        guard data.count <= Self.byteLimit else { throw NumpyError("\(path) is larger than \(Self.byteLimit >> 20) MB.") }
        try self.init(bytes: [UInt8](data), name: path)
    }

    /// Reads the bytes of a file called `name`.
    /// - Throws: ``NumpyError``, which says what is wrong with it.
    package init(bytes: [UInt8], name: String) throws(NumpyError) {
        guard bytes.count > 10, bytes.starts(with: Self.magic) else { throw NumpyError("\(name) is not a NumPy file (.npy).") }
        let wide = bytes[6] > 1, start = wide ? 12 : 10
        guard (1...3).contains(bytes[6]), bytes.count >= start else {
            throw NumpyError("\(name) has an unsupported .npy version.")
        }
        let lengthBytes = bytes[8..<start].reversed()
        let headerEnd = start + lengthBytes.reduce(0) { $0 << 8 | Int($1) }
        guard headerEnd <= bytes.count else { throw NumpyError("\(name) is cut off in its header.") }
        let header = String(decoding: bytes[start..<headerEnd], as: UTF8.self)
        guard header.contains("'fortran_order': False") else {
            throw NumpyError("\(name) is not in C order; convert it with numpy.ascontiguousarray.")
        }
        let shape = try Self.shape(in: header, name)
        let width = header.contains("'<f4'") ? 4 : header.contains("'|u1'") ? 1 : 0
        guard width > 0 else {
            throw NumpyError("\(name) contains neither float32 nor uint8; convert it with .astype('float32').")
        }
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= bytes.count else {
                throw NumpyError("\(name) is too short for its shape \(shape).")
            }
            count = product
        }
        guard bytes.count - headerEnd == count * width else {
            throw NumpyError(
                "\(name) has \(bytes.count - headerEnd) bytes of values, but its shape \(shape) needs \(count * width).")
        }
        self.shape = shape
        values = Self.values(bytes[headerEnd...], width: width)
    }

    private static func shape(in header: String, _ name: String) throws(NumpyError) -> [Int] {
        guard let key = header.firstRange(of: "'shape': ("), let end = header[key.upperBound...].firstIndex(of: ")") else {
            throw NumpyError("\(name) has no shape in its header.")
        }
        var shape: [Int] = []
        for part in header[key.upperBound..<end].split(separator: ",") {
            let text = part.filter { $0 != " " }
            if text.isEmpty { continue }
            guard let extent = Int(text), extent >= 0 else {
                throw NumpyError("\(name) has an invalid extent '\(text)' in its shape.")
            }
            shape.append(extent)
        }
        return shape
    }

    private static func values(_ bytes: ArraySlice<UInt8>, width: Int) -> [Float] {
        if width == 1 { return bytes.map(Float.init) }
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
    }

    /// The bytes of a version 1.0 file of `<f4`.
    package var encoded: [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }"
        // The values begin at a multiple of 64, after a line feed.
        header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
        let count = header.utf8.count
        var bytes = Self.magic + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Array(header.utf8)
        bytes.reserveCapacity(bytes.count + values.count * 4)
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes
    }
}

/// What is wrong with a NumPy file.
package struct NumpyError: Error, Equatable, CustomStringConvertible {
    /// A sentence for people.
    package let description: String

    init(_ description: String) { self.description = description }
}
