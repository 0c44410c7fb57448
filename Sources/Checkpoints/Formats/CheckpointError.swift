public import AnimeGAN

/// Why a file is not a usable AnimeGANv2 checkpoint. The description of each case says what to do.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
    /// The file could not be opened or read.
    case unreadable(reason: String)
    /// The file is larger than anything that could be this network.
    case tooLarge(bytes: Int, limit: Int)
    /// The format is not supported.
    case unknownFormat(hint: String)
    /// The file is of `format`, but its structure is broken.
    case malformed(format: CheckpointFormat, detail: String)
    /// The file is valid, but uses an unsupported feature; `advice` says what to do instead.
    case unsupported(format: CheckpointFormat, detail: String, advice: String)
    /// A pickle refers to a Python object that weights do not need. Nothing was executed.
    case refusedGlobal(name: String)
    /// The tensor `name` cannot be read.
    case tensor(name: String, detail: String)
    /// The tensors are not those of an AnimeGANv2 generator.
    case weights(WeightsError)

    /// The sentence for people.
    public var description: String {
        switch self {
        case .unreadable(let reason):
            "The file cannot be read: \(reason)."
        case .tooLarge(let bytes, let limit):
            "The file has \(bytes) bytes, which is more than the limit of \(limit); an AnimeGANv2 checkpoint has about 9 million."
        case .unknownFormat(let hint):
            "The file is not a supported checkpoint (safetensors, PyTorch .pt/.pth or ONNX): \(hint)."
        case .malformed(let format, let detail):
            "The \(format) file is damaged: \(detail). Download or export it again."
        case .unsupported(let format, let detail, let advice):
            "The \(format) file cannot be used: \(detail). \(advice)"
        case .refusedGlobal(let name):
            "The PyTorch file refers to the Python object \(name), which weights do not need; it was rejected and nothing was "
                + "run. If you trust its source, save only its weights with torch.save(model.state_dict(), FILE)."
        case .tensor(let name, let detail):
            "The tensor \(name.printable) cannot be read: \(detail)."
        case .weights(let error):
            error.description
        }
    }
}

extension CheckpointError {
    /// The problem as a clause about an installed weights file, without format, advice or full stop.
    package var cause: String {
        switch self {
        case .unreadable(let reason): "its weights file cannot be read: \(reason)"
        case .tooLarge(let bytes, let limit): "its weights file has \(bytes) bytes, which is more than the limit of \(limit)"
        case .unknownFormat(let hint): "its weights file is not a checkpoint: \(hint)"
        case .malformed(_, let detail), .unsupported(_, let detail, _): detail
        case .refusedGlobal(let name): "its weights file refers to the Python object \(name)"
        case .tensor(let name, let detail): "its tensor \(name.printable) cannot be read: \(detail)"
        case .weights(let error): error.description.hasSuffix(".") ? String(error.description.dropLast()) : error.description
        }
    }
}

extension String {
    /// The text for a message: truncated, and without control characters, which could manipulate a terminal.
    package var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(120).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
