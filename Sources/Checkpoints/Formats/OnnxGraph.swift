/// The parts of an ONNX model that are needed to find its weights: its nodes and its constant tensors.
struct OnnxGraph {
    /// One operation.
    struct Node {
        var operation = ""
        var inputs: [String] = []
        var outputs: [String] = []
        /// The tensor of a `Constant`.
        var constant: OnnxTensor?
        /// The coordinate transformation mode of a `Resize`.
        var coordinates: String?
    }

    private(set) var nodes: [Node] = []
    private(set) var constants: [String: OnnxTensor] = [:]

    /// The maximum number of nodes and tensors, more than in any export of this network.
    private static let itemLimit = 20_000

    init(_ bytes: [UInt8]) throws(CheckpointError) {
        var model = ProtobufReader(bytes, 0..<bytes.count)
        var graph: Range<Int>?
        while let (field, value) = try model.next() {
            if field == 7, let range = value.range { graph = range }
        }
        guard let graph else { throw .malformed(format: .onnx, detail: "it has no graph") }
        var reader = ProtobufReader(bytes, graph)
        while let (field, value) = try reader.next() {
            guard let range = value.range else { continue }
            if field == 1 { nodes.append(try Self.node(bytes, range)) }
            if field == 5 {
                let tensor = try OnnxTensor(bytes, range)
                constants[tensor.name] = tensor
            }
            guard nodes.count + constants.count <= Self.itemLimit else {
                throw .malformed(format: .onnx, detail: "it has more than \(Self.itemLimit) nodes and tensors")
            }
        }
        for node in nodes {
            if let tensor = node.constant, let name = node.outputs.first { constants[name] = tensor }
        }
    }

    private static func node(_ bytes: [UInt8], _ range: Range<Int>) throws(CheckpointError) -> Node {
        var node = Node()
        var reader = ProtobufReader(bytes, range)
        while let (field, value) = try reader.next() {
            guard let range = value.range else { continue }
            switch field {
            case 1: node.inputs.append(reader.text(range))
            case 2: node.outputs.append(reader.text(range))
            case 4: node.operation = reader.text(range)
            case 5: try readAttribute(bytes, range, into: &node)
            default: break
            }
            guard node.inputs.count + node.outputs.count <= 256 else {
                throw .malformed(format: .onnx, detail: "one of its nodes has more than 256 inputs and outputs")
            }
        }
        return node
    }

    private static func readAttribute(_ bytes: [UInt8], _ range: Range<Int>, into node: inout Node) throws(CheckpointError) {
        var reader = ProtobufReader(bytes, range)
        var name = ""
        var text: String?
        var tensor: OnnxTensor?
        while let (field, value) = try reader.next() {
            guard let range = value.range else { continue }
            switch field {
            case 1: name = reader.text(range)
            case 4: text = reader.text(range)
            case 5: tensor = try OnnxTensor(bytes, range)
            default: break
            }
        }
        if name == "value" { node.constant = tensor }
        if name == "coordinate_transformation_mode" { node.coordinates = text }
    }
}

/// A tensor in an ONNX file; its values are decoded on demand.
struct OnnxTensor {
    private(set) var name = ""
    private(set) var shape: [Int] = []
    private var type = 0
    private var raw: Range<Int>?
    private var floats: Range<Int>?
    private var halves: Range<Int>?
    private var isExternal = false
    private let bytes: [UInt8]

    init(_ bytes: [UInt8], _ range: Range<Int>) throws(CheckpointError) {
        self.bytes = bytes
        var reader = ProtobufReader(bytes, range)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .varint): shape.append(value.integer ?? -1)
            case (1, .bytes(let range)):
                var packed = ProtobufReader(bytes, range)
                shape += try packed.packedIntegers(limit: 9)
            case (2, .varint): type = value.integer ?? 0
            case (4, .bytes(let range)): floats = range
            case (5, .bytes(let range)): halves = range
            case (8, .bytes(let range)): name = reader.text(range)
            case (9, .bytes(let range)): raw = range
            case (14, .varint(1)): isExternal = true
            default: break
            }
            guard shape.count <= 8 else { throw .tensor(name: name, detail: "it has more than eight dimensions") }
        }
    }

    /// Whether its type is FLOAT, FLOAT16, DOUBLE or BFLOAT16; the tensors that describe shapes are integers.
    var isFloatingPoint: Bool { elements != nil }

    /// The number of elements of the claimed shape; nil if it is impossible.
    var count: Int? { ShapeArithmetic.count(shape) }

    private var elements: ElementType? {
        switch type {
        case 1: .float32
        case 10: .float16
        case 11: .float64
        case 16: .bfloat16
        default: nil
        }
    }

    /// Its values, for the parameter `parameter`.
    func values(for parameter: String) throws(CheckpointError) -> [Float] {
        guard !isExternal else {
            throw .unsupported(
                format: .onnx, detail: "it stores the tensor \(parameter) in a second file",
                advice: "Export it as one file (torch.onnx.export(…, external_data=False)).")
        }
        guard let elements else {
            throw .tensor(name: parameter, detail: "its ONNX type is \(type), but FLOAT, FLOAT16, BFLOAT16 or DOUBLE is expected")
        }
        guard let count, let length = ShapeArithmetic.bytes(shape, size: elements.size) else {
            throw .tensor(name: parameter, detail: "its shape \(shape) is impossible")
        }
        if let halves, raw == nil, elements.size == 2 { return try unpack(halves, elements, count, parameter) }
        guard let range = raw ?? (elements.size == 4 ? floats : nil), range.count == length else {
            let found = raw?.count ?? floats?.count ?? 0
            throw .tensor(name: parameter, detail: "shape \(shape) needs \(length) bytes, but it has \(found)")
        }
        return elements.decode(bytes, at: range.lowerBound, count: count)
    }

    /// Half-precision numbers may be stored as one varint each.
    private func unpack(
        _ range: Range<Int>, _ elements: ElementType, _ count: Int, _ parameter: String
    ) throws(CheckpointError) -> [Float] {
        var reader = ProtobufReader(bytes, range)
        let numbers = try reader.packedIntegers(limit: count + 1)
        guard numbers.count == count else {
            throw .tensor(name: parameter, detail: "shape \(shape) needs \(count) numbers, but it has \(numbers.count)")
        }
        let packed = numbers.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        return elements.decode(packed, at: 0, count: count)
    }
}

/// Reads the protocol-buffer wire format as far as ONNX uses it: a sequence of numbered fields; groups are rejected.
struct ProtobufReader {
    /// The value of a field.
    enum Value {
        case varint(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        case bytes(Range<Int>)

        /// The bytes of a length-delimited field.
        var range: Range<Int>? {
            if case .bytes(let range) = self { range } else { nil }
        }

        /// An integer field's value.
        var integer: Int? {
            if case .varint(let number) = self { Int(Int64(bitPattern: number)) } else { nil }
        }
    }

    let bytes: [UInt8]
    private var cursor: ByteCursor

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        cursor = ByteCursor(bytes, range)
    }

    /// The next field, or nil at the end.
    mutating func next() throws(CheckpointError) -> (field: Int, value: Value)? {
        guard cursor.remaining > 0 else { return nil }
        let key = try varint()
        let field = Int(key >> 3 & 0x1FFF_FFFF)
        switch key & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed64(try need(cursor.little(UInt64.self))))
        case 2:
            let length = try varint()
            guard length <= UInt64(cursor.remaining) else { throw cutOff }
            return (field, .bytes(try need(cursor.take(Int(length)))))
        case 5: return (field, .fixed32(try need(cursor.little(UInt32.self))))
        default: throw .malformed(format: .onnx, detail: "it has a field of an unknown wire type")
        }
    }

    /// The varints in the remaining bytes.
    mutating func packedIntegers(limit: Int) throws(CheckpointError) -> [Int] {
        var numbers: [Int] = []
        while cursor.remaining > 0, numbers.count < limit { numbers.append(Int(Int64(bitPattern: try varint()))) }
        return numbers
    }

    private mutating func varint() throws(CheckpointError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try need(cursor.byte())
            // The tenth byte has room for one bit; Swift's smart shift drops the others.
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed(format: .onnx, detail: "it has a number of more than ten bytes")
    }

    private func need<Item>(_ item: Item?) throws(CheckpointError) -> Item {
        guard let item else { throw cutOff }
        return item
    }

    private var cutOff: CheckpointError { .malformed(format: .onnx, detail: "it ends in the middle of a field") }
}

extension ProtobufReader {
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
