/// A value that a pickle may build. Containers are indices into the unpickler's arrays, so values do not refer to each other: neither
/// a million nested tuples nor a list that contains itself can overflow the stack or leak when they are freed.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case text(String)
    /// A placeholder for an integer or byte string that no tensor needs.
    case opaque
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(TorchGlobal)
    case storage(TorchStorage)
    case tensor(TorchTensor)
}

/// The Python objects that a pickle may refer to. None of them is executed: each stands for something that the reader does itself.
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

/// The storage types of PyTorch.
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

    /// The element type, if it is a floating-point one.
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

/// An array of numbers outside the pickle, under `key`.
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

/// The pickle opcodes that `torch.save` writes, named as in Python's `pickletools`.
enum PickleOpcode: UInt8 {
    // Control
    case proto = 0x80
    case frame = 0x95
    case mark = 0x28
    case stop = 0x2E
    case pop = 0x30
    case popMark = 0x31
    // Literals
    case none = 0x4E
    case newTrue = 0x88
    case newFalse = 0x89
    case int32 = 0x4A
    case int8 = 0x4B
    case int16 = 0x4D
    case long1 = 0x8A
    case float = 0x47
    case text = 0x58
    case shortText = 0x8C
    case string = 0x54
    case shortString = 0x55
    case bytes = 0x42
    case shortBytes = 0x43
    // Containers
    case emptyTuple = 0x29
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case tuple = 0x74
    case emptyList = 0x5D
    case append = 0x61
    case appends = 0x65
    case emptyDictionary = 0x7D
    case setItem = 0x73
    case setItems = 0x75
    // Memory
    case put = 0x71
    case longPut = 0x72
    case memoize = 0x94
    case get = 0x68
    case longGet = 0x6A
    // Objects
    case global = 0x63
    case stackGlobal = 0x93
    case reduce = 0x52
    case newObject = 0x81
    case build = 0x62
    case persistentID = 0x51

    enum Family { case control, literal, container, memory, object }

    var family: Family {
        switch self {
        case .proto, .frame, .mark, .stop, .pop, .popMark: .control
        case .none, .newTrue, .newFalse, .int32, .int8, .int16, .long1, .float, .text, .shortText, .string, .shortString,
            .bytes, .shortBytes:
            .literal
        case .emptyTuple, .tuple1, .tuple2, .tuple3, .tuple, .emptyList, .append, .appends, .emptyDictionary, .setItem,
            .setItems:
            .container
        case .put, .longPut, .memoize, .get, .longGet: .memory
        case .global, .stackGlobal, .reduce, .newObject, .build, .persistentID: .object
        }
    }
}
