import AnimeGAN

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
