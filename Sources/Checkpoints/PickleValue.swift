/// What a pickle may build here. Containers are indices into the machine's arrays, so values hold no references to each
/// other: neither a million nested tuples nor a list inside itself can overflow the stack or leak when they are freed.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case text(String)
    /// An integer or byte string that no tensor needs; kept as a place holder.
    case opaque
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(TorchGlobal)
    case storage(TorchStorage)
    case tensor(TorchTensor)
}

/// The Python objects a pickle may name. There are no others, and none of them is code: each is a word for something
/// the reader does itself.
enum TorchGlobal: Equatable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storage(StorageType)

    init(module: String, name: String) throws(CheckpointError) {
        switch "\(module).\(name)" {
        case "collections.OrderedDict": self = .orderedDictionary
        case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor": self = .rebuildTensor
        case "torch._utils._rebuild_parameter": self = .rebuildParameter
        default:
            guard module == "torch", let type = StorageType(rawValue: name) else {
                throw .refusedGlobal(name: "\(module).\(name)".printable)
            }
            self = .storage(type)
        }
    }
}

/// The storages that PyTorch names in a file.
enum StorageType: String {
    case float = "FloatStorage"
    case half = "HalfStorage"
    case bfloat = "BFloat16Storage"
    case double = "DoubleStorage"
    case long = "LongStorage"
    case int = "IntStorage"
    case short = "ShortStorage"
    case char = "CharStorage"
    case byte = "ByteStorage"
    case bool = "BoolStorage"

    /// Bytes of one element.
    var size: Int {
        switch self {
        case .double, .long: 8
        case .float, .int: 4
        case .half, .bfloat, .short: 2
        case .char, .byte, .bool: 1
        }
    }

    /// How to read its numbers, where they are floating-point.
    var elements: ElementType? {
        switch self {
        case .float: .float32
        case .half: .float16
        case .bfloat: .bfloat16
        case .double: .float64
        default: nil
        }
    }
}

/// A run of numbers kept outside the pickle, under `key`.
struct TorchStorage: Equatable {
    let type: StorageType
    let key: String
    let count: Int
}

/// A view into a storage; offset and strides count elements.
struct TorchTensor {
    let storage: TorchStorage
    let offset: Int
    let shape: [Int]
    let strides: [Int]
}

extension String {
    /// Fit for a message: bounded, and without control characters that could redraw a terminal.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(120).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
