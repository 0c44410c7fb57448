package import AnimeGAN

/// Why a file is not a usable AnimeGANv2 checkpoint. Each case reads as a sentence a person can act on.
package enum CheckpointError: Error, Equatable, CustomStringConvertible {
    /// The file could not be opened or read.
    case unreadable(reason: String)
    /// The file is larger than anything that could be this network.
    case tooLarge(bytes: Int, limit: Int)
    /// The bytes are of no format that is read here.
    case unknownFormat(hint: String)
    /// The file is of `format`, but its structure is broken.
    case malformed(format: CheckpointFormat, detail: String)
    /// The file is sound, but uses something that is not read here; `advice` says what to do instead.
    case unsupported(format: CheckpointFormat, detail: String, advice: String)
    /// A pickle asks for a Python object that no tensor file needs. Nothing was executed.
    case refusedGlobal(name: String)
    /// The tensor `name` cannot be taken from the file.
    case tensor(name: String, detail: String)
    /// The tensors were read, but are not an AnimeGANv2 generator's.
    case weights(WeightsError)

    /// The sentence for people.
    package var description: String {
        switch self {
        case .unreadable(let reason):
            "The file cannot be read: \(reason)."
        case .tooLarge(let bytes, let limit):
            "The file has \(bytes) bytes; an AnimeGANv2 checkpoint has about 9 million, and more than \(limit) are refused."
        case .unknownFormat(let hint):
            "The file is not a checkpoint that Sakuga reads (safetensors, PyTorch .pt/.pth or ONNX): \(hint)."
        case .malformed(let format, let detail):
            "The \(format) file is damaged: \(detail). Download or export it again."
        case .unsupported(let format, let detail, let advice):
            "The \(format) file cannot be used: \(detail). \(advice)"
        case .refusedGlobal(let name):
            "The PyTorch file asks for the Python object \(name), which weights do not need; it was refused and nothing was "
                + "run. If you trust where it comes from, save only its weights with torch.save(model.state_dict(), FILE)."
        case .tensor(let name, let detail):
            "The tensor \(name.printable) cannot be read: \(detail)."
        case .weights(let error):
            error.description
        }
    }
}

extension CheckpointError {
    /// What is wrong, as a clause about an installed weights file: no format, no advice, no full stop.
    package var cause: String {
        switch self {
        case .unreadable(let reason): "its weights file cannot be read: \(reason)"
        case .tooLarge(let bytes, let limit): "its weights file has \(bytes) bytes; more than \(limit) are refused"
        case .unknownFormat(let hint): "its weights file is no checkpoint: \(hint)"
        case .malformed(_, let detail), .unsupported(_, let detail, _): detail
        case .refusedGlobal(let name): "its weights file asks for the Python object \(name)"
        case .tensor(let name, let detail): "its tensor \(name.printable) cannot be read: \(detail)"
        case .weights(let error): error.description.hasSuffix(".") ? String(error.description.dropLast()) : error.description
        }
    }
}
