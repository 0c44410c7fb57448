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
