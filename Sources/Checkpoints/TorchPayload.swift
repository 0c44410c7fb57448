/// Finds the state dict in what a pickle built, and its tensors' bytes.
struct TorchPayload {
    let machine: PickleMachine
    let format: CheckpointFormat
    let bytes: [UInt8]
    /// Where each storage's bytes lie.
    let storages: [String: Range<Int>]

    /// Keys behind which training scripts put the state dict, in the order in which they are tried.
    private static let wrappers = [
        "params_ema", "g_ema", "state_dict", "model_state_dict", "params", "generator", "netG", "model",
    ]

    func tensors(_ root: PickleValue) throws(CheckpointError) -> [String: StoredTensor] {
        guard var pairs = named(root) else {
            throw .malformed(format: format, detail: "it holds no dictionary of tensors")
        }
        // Two levels are enough for any wrapper seen, and keep a dictionary inside itself from looping.
        for _ in 0..<2 {
            guard let inner = Self.wrappers.lazy.compactMap({ pairs[$0] }).compactMap(named).first else { break }
            pairs = inner
        }
        var tensors: [String: StoredTensor] = [:]
        for (name, value) in pairs {
            guard case .tensor(let tensor) = value else {
                throw .tensor(name: name, detail: "a tensor is expected under this name, but something else is there")
            }
            tensors[name] = StoredTensor(shape: tensor.shape) { () throws(CheckpointError) in
                try values(name, tensor)
            }
        }
        return tensors
    }

    private func named(_ value: PickleValue) -> [String: PickleValue]? {
        guard case .dictionary(let index) = value else { return nil }
        var result: [String: PickleValue] = [:]
        for (key, value) in machine.dictionaries[index] {
            guard case .text(let name) = key else { return nil }
            result[name] = value
        }
        return result
    }

    private func values(_ name: String, _ tensor: TorchTensor) throws(CheckpointError) -> [Float] {
        let storage = tensor.storage
        guard let type = storage.type.elements else {
            throw .tensor(name: name, detail: "its numbers are \(storage.type.rawValue), but floating-point ones are expected")
        }
        guard let range = storages[storage.key] else {
            throw .tensor(name: name, detail: "its numbers (storage \(storage.key.printable)) are not in the file")
        }
        guard let length = ShapeArithmetic.bytes([storage.count], size: type.size), length <= range.count else {
            throw .tensor(
                name: name, detail: "its storage should have \(storage.count) numbers, but only \(range.count) bytes are there")
        }
        guard let last = lastElement(tensor), last < storage.count else {
            throw .tensor(
                name: name,
                detail: "offset \(tensor.offset) and strides \(tensor.strides) lead outside its \(storage.count) numbers")
        }
        let start = range.lowerBound + tensor.offset * type.size
        if tensor.strides == Self.contiguousStrides(tensor.shape) {
            return type.decode(bytes, at: start, count: tensor.shape.reduce(1, *))
        }
        return type.gather(bytes, at: start, shape: tensor.shape, strides: tensor.strides)
    }

    /// The farthest element that the tensor's view reaches, or nil where the walk goes backwards or overflows.
    private func lastElement(_ tensor: TorchTensor) -> Int? {
        guard tensor.offset >= 0 else { return nil }
        var last = tensor.offset
        for (extent, stride) in zip(tensor.shape, tensor.strides) {
            guard extent > 0, stride >= 0 else { return nil }
            let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowed) = last.addingReportingOverflow(reach)
            guard !overflow, !overflowed else { return nil }
            last = sum
        }
        return last
    }

    private static func contiguousStrides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in stride(from: shape.count - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        return strides
    }
}
