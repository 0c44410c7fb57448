package import AnimeGAN

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes weights as safetensors.
package enum SafetensorsWriter {
    /// The precision of the numbers in the file.
    package enum Precision: String, Sendable {
        /// Four bytes, lossless.
        case float32 = "F32"
        /// Two bytes, rounded to the nearest value.
        case float16 = "F16"
    }

    /// The bytes of the file: the tensors in checkpoint order, with `align_corners` in the metadata.
    /// - Throws: ``CheckpointError/tensor(name:detail:)`` if a value is too large for the precision.
    package static func encode(
        _ weights: Weights, precision: Precision, convention: BilinearConvention, metadata: [String: String] = [:]
    ) throws(CheckpointError) -> [UInt8] {
        var body: [UInt8] = []
        var header: [String: HeaderValue] = [:]
        for (name, tensor) in weights.inOrder {
            let begin = body.count
            try append(tensor.values, as: precision, name: name, to: &body)
            header[name] = .tensor(dtype: precision.rawValue, shape: tensor.shape, offsets: [begin, body.count])
        }
        var notes = metadata
        notes["align_corners"] = convention == .alignCorners ? "true" : "false"
        notes["format"] = "pt"
        header["__metadata__"] = .metadata(notes)
        let json = try encode(header)
        var file = [UInt8]()
        file.reserveCapacity(8 + json.count + body.count)
        withUnsafeBytes(of: UInt64(json.count).littleEndian) { file.append(contentsOf: $0) }
        file += json
        file += body
        return file
    }

    /// Half precision if it represents every number exactly, else single precision.
    package static func losslessPrecision(for weights: Weights) -> Precision {
        for (_, tensor) in weights.inOrder {
            for value in tensor.values where HalfPrecision.widen(HalfPrecision.narrow(value)) != value { return .float32 }
        }
        return .float16
    }

    private static func append(
        _ values: [Float], as precision: Precision, name: String, to body: inout [UInt8]
    ) throws(CheckpointError) {
        switch precision {
        case .float32:
            let little = values.map { $0.bitPattern.littleEndian }
            little.withUnsafeBytes { body.append(contentsOf: $0) }
        case .float16:
            let little = values.map { HalfPrecision.narrow($0).littleEndian }
            if let index = little.firstIndex(where: { UInt16(littleEndian: $0) & 0x7FFF >= 0x7C00 }) {
                throw .tensor(name: name, detail: "\(values[index]) exceeds the range of F16; write F32 instead")
            }
            little.withUnsafeBytes { body.append(contentsOf: $0) }
        }
    }

    /// JSON, padded with spaces to a multiple of eight bytes, so that the data after it is aligned.
    private static func encode(_ header: [String: HeaderValue]) throws(CheckpointError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            var json = [UInt8](try encoder.encode(header))
            while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
            return json
        } catch {
            throw .malformed(format: .safetensors, detail: "its header could not be written")
        }
    }

    private enum HeaderValue: Encodable {
        case tensor(dtype: String, shape: [Int], offsets: [Int])
        case metadata([String: String])

        private enum Keys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .tensor(let dtype, let shape, let offsets):
                var container = encoder.container(keyedBy: Keys.self)
                try container.encode(dtype, forKey: .dtype)
                try container.encode(shape, forKey: .shape)
                try container.encode(offsets, forKey: .offsets)
            case .metadata(let notes):
                try notes.encode(to: encoder)
            }
        }
    }
}
