/// A restricted unpickler: the stack machine of pickle protocols 0 to 5, limited to what `torch.save` writes. It builds plain values and
/// descriptions of torch tensors, and rejects every reference to another Python object. Each opcode makes at most one value, so the
/// memory use is bounded by the length of the pickle.
struct Unpickler {
    /// The maximum length of a pickle. A state dict of this network takes 13 kB.
    static let byteLimit = 1 << 20

    // The arrays that container values refer to by index.
    private(set) var tuples: [[PickleValue]] = []
    private(set) var lists: [[PickleValue]] = []
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    /// All storages that the pickle refers to, by key.
    private(set) var storages: [String: TorchStorage] = [:]

    private var cursor: ByteCursor
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var itemBudget = byteLimit
    private let format: CheckpointFormat

    init(_ bytes: [UInt8], _ range: Range<Int>, format: CheckpointFormat) {
        cursor = ByteCursor(bytes, range.lowerBound..<min(range.upperBound, range.lowerBound + Self.byteLimit))
        self.format = format
    }

    /// The end of the pickle.
    var position: Int { cursor.position }

    /// Runs up to STOP and returns the value on top of the stack.
    mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            let code = try need(cursor.byte(), "its pickle does not end")
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw damaged("its pickle has the opcode 0x\(String(code, radix: 16)), which torch.save does not write")
            }
            if opcode == .stop { return try pop() }
            try step(opcode)
        }
    }

    private mutating func step(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode.family {
        case .literal: stack.append(try literal(opcode))
        case .container: try buildContainer(opcode)
        case .memory: try remember(opcode)
        case .object: try buildObject(opcode)
        case .control: try control(opcode)
        }
    }

    private mutating func literal(_ opcode: PickleOpcode) throws(CheckpointError) -> PickleValue {
        switch opcode {
        case .newTrue: return .bool(true)
        case .newFalse: return .bool(false)
        case .int32: return .int(Int(try little(Int32.self)))
        case .int8: return .int(Int(try little(UInt8.self)))
        case .int16: return .int(Int(try little(UInt16.self)))
        case .long1: return try long()
        case .float: return .double(Double(bitPattern: try little(UInt64.self).byteSwapped))
        case .shortText, .shortString: return .text(try text(Int(try little(UInt8.self))))
        case .text, .string: return .text(try text(Int(try little(UInt32.self))))
        case .shortBytes: return try bytes(Int(try little(UInt8.self)))
        case .bytes: return try bytes(Int(try little(UInt32.self)))
        default: return .none
        }
    }

    private mutating func buildContainer(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .emptyTuple: pushTuple([])
        case .tuple1: pushTuple(try popLast(1))
        case .tuple2: pushTuple(try popLast(2))
        case .tuple3: pushTuple(try popLast(3))
        case .tuple: pushTuple(try popToMark())
        case .emptyList: pushList([])
        case .append: try extendList([pop()])
        case .appends: try extendList(popToMark())
        case .emptyDictionary: pushDictionary([])
        case .setItem: try extendDictionary(popLast(2))
        default: try extendDictionary(popToMark())
        }
    }

    private mutating func remember(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .put: memo[Int(try little(UInt8.self))] = try top()
        case .longPut: memo[Int(try little(UInt32.self))] = try top()
        case .memoize: memo[memo.count] = try top()
        case .get: stack.append(try recall(Int(try little(UInt8.self))))
        default: stack.append(try recall(Int(try little(UInt32.self))))
        }
    }

    private mutating func control(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .proto:
            let version = try little(UInt8.self)
            guard version <= 5 else { throw damaged("its pickle has protocol \(version)") }
        case .frame: _ = try little(UInt64.self)
        case .mark: marks.append(stack.count)
        case .popMark: _ = try popToMark()
        default: _ = try pop()
        }
    }

    private mutating func buildObject(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .global:
            let module = try need(cursor.line(), "a reference to a Python object in its pickle is cut off")
            let name = try need(cursor.line(), "a reference to a Python object in its pickle is cut off")
            stack.append(.global(try TorchGlobal(module: module, name: name)))
        case .stackGlobal:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw damaged("a reference to a Python object in its pickle is not text")
            }
            stack.append(.global(try TorchGlobal(module: module, name: name)))
        case .persistentID:
            stack.append(.storage(try storage(try pop())))
        case .build:
            // The only allowed object with a state is the ordered dictionary; its `_metadata` has no numbers.
            _ = try pop()
            guard case .dictionary = try top() else { throw damaged("its pickle sets the state of a value that has none") }
        default:
            let arguments = try pop()
            guard case .global(let callable) = try pop(), case .tuple(let index) = arguments else {
                throw damaged("its pickle calls a value that is not callable")
            }
            try call(callable, tuples[index])
        }
    }

    private mutating func call(_ callable: TorchGlobal, _ arguments: [PickleValue]) throws(CheckpointError) {
        switch callable {
        case .orderedDictionary:
            try pushOrderedDictionary(arguments)
        case .rebuildTensor:
            stack.append(.tensor(try tensor(arguments)))
        case .rebuildParameter:
            guard case .tensor(let tensor)? = arguments.first else { throw damaged("a parameter in it has no tensor") }
            stack.append(.tensor(tensor))
        case .storage:
            throw damaged("a storage in it is created inside the pickle")
        }
    }

    private mutating func pushOrderedDictionary(_ arguments: [PickleValue]) throws(CheckpointError) {
        guard let first = arguments.first else { return pushDictionary([]) }
        guard arguments.count == 1, case .list(let index) = first else {
            throw damaged("an ordered dictionary in it is not made of pairs")
        }
        // One list can be copied into many dictionaries: without a common budget a small pickle could exhaust the memory.
        itemBudget -= lists[index].count
        guard itemBudget >= 0 else { throw damaged("its pickle copies too many list items") }
        var items: [PickleValue] = []
        for pair in lists[index] {
            guard let members = members(pair), members.count == 2 else {
                throw damaged("an ordered dictionary in it is not made of pairs")
            }
            items += members
        }
        pushDictionary([])
        try extendDictionary(items)
    }

    private func tensor(_ arguments: [PickleValue]) throws(CheckpointError) -> TorchTensor {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
            let shape = integers(arguments[2]), let strides = integers(arguments[3]), shape.count == strides.count
        else { throw damaged("a tensor in it is not described by a storage, an offset, a shape and strides") }
        return TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides)
    }

    private mutating func storage(_ identifier: PickleValue) throws(CheckpointError) -> TorchStorage {
        guard let parts = members(identifier), parts.count >= 5, case .text("storage") = parts[0],
            case .global(.storage(let type)) = parts[1], case .text(let key) = parts[2], case .int(let count) = parts[4]
        else { throw damaged("a storage in it is not described by a type, a key and a length") }
        if parts.count > 5 {
            guard case .none = parts[5] else {
                throw damaged("a storage in it is a view of another one, as in very old files")
            }
        }
        let storage = TorchStorage(type: type, key: key, count: count)
        if let earlier = storages[key], earlier != storage {
            throw damaged("its storage \(key.printable) is described twice, differently")
        }
        storages[key] = storage
        return storage
    }
}

// MARK: The stack

extension Unpickler {
    /// The members of a tuple or list.
    func members(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .tuple(let index): tuples[index]
        case .list(let index): lists[index]
        default: nil
        }
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard let members = members(value), members.count <= 8 else { return nil }
        var numbers: [Int] = []
        for member in members {
            guard case .int(let number) = member else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    private mutating func pushTuple(_ members: [PickleValue]) {
        tuples.append(members)
        stack.append(.tuple(tuples.count - 1))
    }

    private mutating func pushList(_ members: [PickleValue]) {
        lists.append(members)
        stack.append(.list(lists.count - 1))
    }

    private mutating func pushDictionary(_ pairs: [(key: PickleValue, value: PickleValue)]) {
        dictionaries.append(pairs)
        stack.append(.dictionary(dictionaries.count - 1))
    }

    private mutating func extendList(_ members: [PickleValue]) throws(CheckpointError) {
        guard case .list(let index) = try top() else { throw damaged("its pickle appends to a value that is not a list") }
        lists[index] += members
    }

    private mutating func extendDictionary(_ items: [PickleValue]) throws(CheckpointError) {
        guard case .dictionary(let index) = try top(), items.count.isMultiple(of: 2) else {
            throw damaged("its pickle sets items of a value that is not a dictionary")
        }
        for item in stride(from: 0, to: items.count, by: 2) {
            dictionaries[index].append((items[item], items[item + 1]))
        }
    }

    private func top() throws(CheckpointError) -> PickleValue {
        guard stack.count > (marks.last ?? 0) else { throw damaged("its pickle pops from an empty stack") }
        return stack[stack.count - 1]
    }

    private mutating func pop() throws(CheckpointError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func popLast(_ count: Int) throws(CheckpointError) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw damaged("its pickle pops from an empty stack") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else {
            throw damaged("its pickle has no mark for a group")
        }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private func recall(_ index: Int) throws(CheckpointError) -> PickleValue {
        try need(memo[index], "its pickle reads a memo entry that does not exist")
    }

    private mutating func little<Number: FixedWidthInteger>(_ type: Number.Type) throws(CheckpointError) -> Number {
        try need(cursor.little(type), "its pickle is cut off")
    }

    private mutating func text(_ count: Int) throws(CheckpointError) -> String {
        try need(cursor.text(count), "a text in its pickle is cut off or is not UTF-8")
    }

    private mutating func bytes(_ count: Int) throws(CheckpointError) -> PickleValue {
        _ = try need(cursor.take(count), "its pickle is cut off")
        return .opaque
    }

    /// A little-endian two's complement integer of up to 255 bytes. No tensor needs integers of more than 64 bits.
    private mutating func long() throws(CheckpointError) -> PickleValue {
        let range = try need(cursor.take(Int(try little(UInt8.self))), "its pickle is cut off")
        guard range.count <= 8 else { return .opaque }
        guard let last = range.last else { return .int(0) }
        var value: UInt64 = cursor.bytes[last] & 0x80 == 0 ? 0 : .max
        for index in range.reversed() { value = value << 8 | UInt64(cursor.bytes[index]) }
        return .int(Int(Int64(bitPattern: value)))
    }

    private func need<Value>(_ value: Value?, _ problem: String) throws(CheckpointError) -> Value {
        guard let value else { throw damaged(problem) }
        return value
    }

    private func damaged(_ detail: String) -> CheckpointError { .malformed(format: format, detail: detail) }
}
