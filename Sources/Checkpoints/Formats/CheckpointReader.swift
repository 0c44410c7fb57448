package import AnimeGAN

/// Reads weights files of every supported format. The bytes are treated as hostile: nothing in them is executed, and
/// memory stays within the file's size, the generator's own 8.6 MB and a small multiple of the header's size.
package enum CheckpointReader {
    /// The most bytes a file may have.
    package static let byteLimit = 256 << 20

    /// Reads the regular file at `path`, whatever its name ends in. Blocks; call it off the cooperative pool.
    package static func read(_ path: String, limit: Int = byteLimit) throws(CheckpointError) -> Checkpoint {
        try read(bytes: BoundedFile.read(path, limit: limit))
    }

    /// Reads a checkpoint held in memory.
    package static func read(bytes: [UInt8]) throws(CheckpointError) -> Checkpoint {
        let format = try CheckpointFormat.sniff(bytes)
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

/// An AnimeGANv2 generator as a file gave it.
package struct Checkpoint: Sendable {
    /// Every parameter, checked.
    package let weights: Weights
    /// The bilinear convention, where the file states it: safetensors in its metadata, ONNX in its resize nodes.
    package let convention: BilinearConvention?
    /// What kind of file it was.
    package let format: CheckpointFormat
    /// The free text of a safetensors file's `__metadata__`; empty for other formats.
    package let metadata: [String: String]
}

/// The kinds of weights file that are read.
package enum CheckpointFormat: String, Sendable, CustomStringConvertible {
    /// A safetensors file.
    case safetensors = "safetensors"
    /// What `torch.save` writes since PyTorch 1.6: a zip archive with a pickle.
    case torchZip = "PyTorch"
    /// What `torch.save` wrote before: pickles followed by raw storages.
    case torchLegacy = "old PyTorch"
    /// An ONNX model.
    case onnx = "ONNX"

    /// As in `The safetensors file …`.
    package var description: String { rawValue }

    /// Tells the format from the file's first bytes, never from its name.
    static func sniff(_ bytes: [UInt8]) throws(CheckpointError) -> CheckpointFormat {
        guard bytes.count >= 9 else { throw .unknownFormat(hint: "it has only \(bytes.count) bytes") }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return .torchZip }
        if bytes.starts(with: LegacyTorchReader.magic) { return .torchLegacy }
        // The header's length comes first; only the brace after it is a mark. A huge length is the reader's to refuse.
        if bytes[8] == UInt8(ascii: "{") { return .safetensors }
        if bytes[0] == 0x08 { return .onnx }
        throw .unknownFormat(hint: hint(bytes))
    }

    /// Names the usual accidents, so that a person knows what happened to the download.
    private static func hint(_ bytes: [UInt8]) -> String {
        let head = String(decoding: bytes.prefix(256), as: UTF8.self).lowercased()
        if head.contains("<html") || head.hasPrefix("<!doctype") {
            return "it is a web page; take the address of the raw file instead"
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
        return "its first bytes belong to none of these"
    }
}

/// A tensor that still lies in its file: what it claims to be, and how to get its values.
struct StoredTensor {
    let shape: [Int]
    /// Yields exactly `shape`'s number of values. Called only after the shape was found to be the one the generator needs,
    /// so a file cannot make us allocate more than the generator's size.
    let values: () throws(CheckpointError) -> [Float]
}

/// From the tensors a file names to the generator's weights.
enum StateDictionary {
    /// Checks names and shapes first, then decodes.
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
        if let stranger = stored.keys.filter({ tensors[$0] == nil }).min() {
            throw .weights(.unexpected(name: stranger.printable))
        }
        do throws(WeightsError) { return try Weights(tensors) } catch { throw .weights(error) }
    }

    /// DataParallel saves every name behind `module.`; that prefix is dropped when all names carry it.
    private static func withoutWrapperPrefix(_ stored: [String: StoredTensor]) -> [String: StoredTensor] {
        let prefix = "module."
        guard !stored.isEmpty, stored.keys.allSatisfy({ $0.hasPrefix(prefix) }) else { return stored }
        return Dictionary(uniqueKeysWithValues: stored.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
}
