public import AnimeGAN

/// Reads weights files of every supported format. The bytes are untrusted: nothing in them is executed, and the memory use is bounded
/// by the size of the file, the 8.6 MB of the generator and a small multiple of the size of the header.
public enum CheckpointReader {
    /// The maximum size of a file, in bytes.
    public static let byteLimit = 256 << 20

    /// Reads the regular file at `path`; its format is detected from its bytes. Blocks the calling thread.
    public static func read(_ path: String, limit: Int = byteLimit) throws(CheckpointError) -> Checkpoint {
        try read(bytes: BoundedFile.read(path, limit: limit))
    }

    /// Reads a checkpoint in memory.
    public static func read(bytes: [UInt8]) throws(CheckpointError) -> Checkpoint {
        let format = try CheckpointFormat.detect(bytes)
        switch format {
        case .safetensors:
            let file = try SafetensorsReader.read(bytes)
            return Checkpoint(
                weights: try StateDictionary.weights(file.tensors), convention: file.convention,
                format: format, metadata: file.metadata)
        case .torchZip:
            return plain(try StateDictionary.weights(TorchZipReader.read(bytes)), format)
        case .torchLegacy:
            return plain(try StateDictionary.weights(LegacyTorchReader.read(bytes)), format)
        case .onnx:
            let model = try OnnxReader.read(bytes)
            return Checkpoint(
                weights: try StateDictionary.weights(model.tensors), convention: model.convention,
                format: format, metadata: [:])
        }
    }

    private static func plain(_ weights: Weights, _ format: CheckpointFormat) -> Checkpoint {
        Checkpoint(weights: weights, convention: nil, format: format, metadata: [:])
    }
}

/// An AnimeGANv2 generator, read from a file.
public struct Checkpoint: Sendable {
    /// All parameters, validated.
    public let weights: Weights
    /// The bilinear convention, if the file states it: safetensors in its metadata, ONNX in its resize nodes.
    public let convention: BilinearConvention?
    /// The format of the file.
    public let format: CheckpointFormat
    /// The free text of a safetensors file's `__metadata__`; empty for other formats.
    public let metadata: [String: String]
}

/// The supported formats of weights files.
public enum CheckpointFormat: String, Sendable, CustomStringConvertible {
    /// A safetensors file.
    case safetensors = "safetensors"
    /// The format of `torch.save` since PyTorch 1.6: a zip archive with a pickle.
    case torchZip = "PyTorch"
    /// The format of `torch.save` before PyTorch 1.6: pickles followed by raw storages.
    case torchLegacy = "old PyTorch"
    /// An ONNX model.
    case onnx = "ONNX"

    /// As in `The safetensors file …`.
    public var description: String { rawValue }

    /// Detects the format from the first bytes of a file, never from its name.
    static func detect(_ bytes: [UInt8]) throws(CheckpointError) -> CheckpointFormat {
        guard bytes.count >= 9 else { throw .unknownFormat(hint: "it has only \(bytes.count) bytes") }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return .torchZip }
        if bytes.starts(with: LegacyTorchReader.magic) { return .torchLegacy }
        // The length of the header comes first; the brace after it is the only marker. The reader rejects excessive lengths.
        if bytes[8] == UInt8(ascii: "{") { return .safetensors }
        if bytes[0] == 0x08 { return .onnx }
        throw .unknownFormat(hint: hint(bytes))
    }

    /// Explains common mistakes, such as a downloaded web page.
    private static func hint(_ bytes: [UInt8]) -> String {
        let head = String(decoding: bytes.prefix(256), as: UTF8.self).lowercased()
        if head.contains("<html") || head.hasPrefix("<!doctype") {
            return "it is a web page; use the address of the raw file instead"
        }
        if head.hasPrefix("version https://git-lfs") {
            return "it is a Git LFS pointer; fetch the file itself with git lfs pull"
        }
        if bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A]) {
            return "it is compressed; decompress it first"
        }
        if bytes[0] == 0x80 {
            return "it is a bare Python pickle; save the weights with torch.save(model.state_dict(), FILE)"
        }
        return "its first bytes match none of these formats"
    }
}

/// A tensor in a file: its claimed shape, and the way to decode its values.
struct StoredTensor {
    let shape: [Int]
    /// Decodes as many values as `shape` says. Called only after the shape has been found to be the generator's, so that a file cannot
    /// cause larger allocations.
    let values: () throws(CheckpointError) -> [Float]
}

/// Turns the named tensors of a file into the generator's weights.
enum StateDictionary {
    /// Checks names and shapes, then decodes the values.
    static func weights(_ stored: [String: StoredTensor]) throws(CheckpointError) -> Weights {
        let stored = withoutWrapperPrefix(stored)
        var tensors: [String: Tensor] = [:]
        for parameter in Architecture.parameters {
            guard let tensor = stored[parameter.name] else {
                throw .weights(.missing(name: parameter.name, shape: parameter.shape))
            }
            guard tensor.shape == parameter.shape else {
                throw .weights(.shape(name: parameter.name, expected: parameter.shape, found: tensor.shape))
            }
            let values: [Float]
            do throws(CheckpointError) {
                values = try tensor.values()
            } catch .tensor(_, let detail) {
                throw .tensor(name: parameter.name, detail: "\(detail) (expected shape \(parameter.shape))")
            }
            tensors[parameter.name] = Tensor(shape: tensor.shape, values: values)
        }
        if let unexpected = stored.keys.filter({ tensors[$0] == nil }).min() {
            throw .weights(.unexpected(name: unexpected.printable))
        }
        do throws(WeightsError) { return try Weights(tensors) } catch { throw .weights(error) }
    }

    /// Removes the prefix `module.`, which DataParallel adds to every name, if all names have it.
    private static func withoutWrapperPrefix(_ stored: [String: StoredTensor]) -> [String: StoredTensor] {
        let prefix = "module."
        guard !stored.isEmpty, stored.keys.allSatisfy({ $0.hasPrefix(prefix) }) else { return stored }
        return Dictionary(uniqueKeysWithValues: stored.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
}
