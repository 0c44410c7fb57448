/// The pickle opcodes that files of tensors use, named as in Python's `pickletools`.
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
