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

/// What `torch.save` writes since PyTorch 1.6: a zip file with `NAME/data.pkl` and one `NAME/data/KEY` a storage.
enum TorchZipReader {
    static func read(_ bytes: [UInt8]) throws(CheckpointError) -> [String: StoredTensor] {
        let archive = try ZipArchive(bytes)
        let suffix = "/data.pkl"
        let names = Array(archive.entries.keys) + Array(archive.compressed.keys)
        guard let pickle = names.filter({ $0.hasSuffix(suffix) }).min(by: { ($0.count, $0) < ($1.count, $1) }) else {
            throw damaged("it has no data.pkl; is it another kind of zip file?")
        }
        let folder = String(pickle.dropLast(suffix.count))
        try checkKind(archive, folder, bytes)
        guard let range = archive.entries[pickle], archive.compressed.isEmpty else { throw compressed(archive) }
        var machine = PickleMachine(bytes, range, format: .torchZip)
        let root = try machine.run()
        var storages: [String: Range<Int>] = [:]
        for key in machine.storages.keys { storages[key] = archive.entries["\(folder)/data/\(key)"] }
        return try TorchPayload(machine: machine, format: .torchZip, bytes: bytes, storages: storages).tensors(root)
    }

    private static func checkKind(_ archive: ZipArchive, _ folder: String, _ bytes: [UInt8]) throws(CheckpointError) {
        if archive.entries["\(folder)/constants.pkl"] != nil || archive.compressed["\(folder)/constants.pkl"] != nil {
            throw .unsupported(
                format: .torchZip, detail: "it is a TorchScript program, not weights",
                advice: "Save its weights with torch.save(torch.jit.load(FILE).state_dict(), NEWFILE).")
        }
        if let order = archive.entries["\(folder)/byteorder"], bytes[order].elementsEqual("big".utf8) {
            throw .unsupported(
                format: .torchZip, detail: "it was saved on a big-endian machine",
                advice: "Load and save it again with PyTorch on an ordinary (little-endian) one.")
        }
    }

    private static func compressed(_ archive: ZipArchive) -> CheckpointError {
        let (name, method) = archive.compressed.min { $0.key < $1.key } ?? ("data.pkl", 0)
        return .unsupported(
            format: .torchZip,
            detail: "its entry \(name.printable) is compressed (method \(method)); torch.save stores entries as they are",
            advice: "Save it again with torch.save(model.state_dict(), FILE).")
    }

    private static func damaged(_ detail: String) -> CheckpointError { .malformed(format: .torchZip, detail: detail) }
}

/// What `torch.save` wrote before PyTorch 1.6 (and still does with `_use_new_zipfile_serialization=False`): five pickles
/// in a row (magic number, protocol version, facts about the machine, the object, the storages' keys), then the storages
/// in the order of the keys, each with its length before it.
enum LegacyTorchReader {
    /// The pickled magic number that opens such a file.
    static let magic: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    static func read(_ bytes: [UInt8]) throws(CheckpointError) -> [String: StoredTensor] {
        var position = 0
        _ = try next(bytes, &position)
        guard case .int(1001) = try next(bytes, &position).root else {
            throw .unsupported(
                format: .torchLegacy, detail: "its protocol version is not 1001",
                advice: "Load it with PyTorch and save it again with torch.save(model.state_dict(), FILE).")
        }
        try checkMachine(try next(bytes, &position))
        let object = try next(bytes, &position)
        let keys = try next(bytes, &position)
        let storages = try storages(bytes, from: position, keys: keys, named: object.machine.storages)
        return try TorchPayload(machine: object.machine, format: .torchLegacy, bytes: bytes, storages: storages)
            .tensors(object.root)
    }

    private typealias Pickle = (machine: PickleMachine, root: PickleValue)

    private static func next(_ bytes: [UInt8], _ position: inout Int) throws(CheckpointError) -> Pickle {
        var machine = PickleMachine(bytes, position..<bytes.count, format: .torchLegacy)
        let root = try machine.run()
        position = machine.position
        return (machine, root)
    }

    private static func checkMachine(_ facts: Pickle) throws(CheckpointError) {
        guard case .dictionary(let index) = facts.root else { throw damaged("its facts about the machine are missing") }
        for case (.text("little_endian"), .bool(false)) in facts.machine.dictionaries[index] {
            throw .unsupported(
                format: .torchLegacy, detail: "it was saved on a big-endian machine",
                advice: "Load and save it again with PyTorch on an ordinary (little-endian) one.")
        }
    }

    private static func storages(
        _ bytes: [UInt8], from position: Int, keys: Pickle, named: [String: TorchStorage]
    ) throws(CheckpointError) -> [String: Range<Int>] {
        guard let members = keys.machine.members(keys.root) else { throw damaged("its list of storages is missing") }
        var cursor = ByteCursor(bytes, position..<bytes.count)
        var ranges: [String: Range<Int>] = [:]
        for member in members {
            guard case .text(let key) = member, let storage = named[key] else {
                throw damaged("it lists a storage that no tensor uses")
            }
            guard let count = cursor.little(Int64.self), count == storage.count,
                let length = ShapeArithmetic.bytes([storage.count], size: storage.type.size), let range = cursor.take(length)
            else { throw damaged("the numbers of its storage \(key.printable) are cut off; \(storage.count) are expected") }
            ranges[key] = range
        }
        return ranges
    }

    private static func damaged(_ detail: String) -> CheckpointError { .malformed(format: .torchLegacy, detail: detail) }
}
