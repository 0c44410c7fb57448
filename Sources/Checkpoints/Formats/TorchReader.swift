/// Finds the state dict in an unpickled value, and the bytes of its tensors.
struct TorchPayload {
    let unpickler: Unpickler
    let format: CheckpointFormat
    let bytes: [UInt8]
    /// The byte range of each storage.
    let storages: [String: Range<Int>]

    /// The keys under which training scripts save the state dict, in the order in which they are tried.
    private static let wrappers = [
        "params_ema", "g_ema", "state_dict", "model_state_dict", "params", "generator", "netG", "model",
    ]

    func tensors(_ root: PickleValue) throws(CheckpointError) -> [String: StoredTensor] {
        guard var pairs = named(root) else {
            throw .malformed(format: format, detail: "it holds no dictionary of tensors")
        }
        // Two levels cover all known wrappers, and a dictionary that contains itself does not cause a loop.
        for _ in 0..<2 {
            guard let inner = Self.wrappers.lazy.compactMap({ pairs[$0] }).compactMap(named).first else { break }
            pairs = inner
        }
        var tensors: [String: StoredTensor] = [:]
        for (name, value) in pairs {
            guard case .tensor(let tensor) = value else {
                throw .tensor(name: name, detail: "the value under this name is not a tensor")
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
        for (key, value) in unpickler.dictionaries[index] {
            guard case .text(let name) = key else { return nil }
            result[name] = value
        }
        return result
    }

    private func values(_ name: String, _ tensor: TorchTensor) throws(CheckpointError) -> [Float] {
        let storage = tensor.storage
        guard let type = storage.type.elements else {
            throw .tensor(
                name: name, detail: "its storage type is \(storage.type.rawValue), but a floating-point type is expected")
        }
        guard let range = storages[storage.key] else {
            throw .tensor(name: name, detail: "its storage \(storage.key.printable) is not in the file")
        }
        guard let length = ShapeArithmetic.bytes([storage.count], size: type.size), length <= range.count else {
            throw .tensor(
                name: name, detail: "its storage should have \(storage.count) numbers, but has only \(range.count) bytes")
        }
        guard let last = lastElement(tensor), last < storage.count else {
            throw .tensor(
                name: name,
                detail: "offset \(tensor.offset) and strides \(tensor.strides) exceed its storage of \(storage.count) numbers")
        }
        let start = range.lowerBound + tensor.offset * type.size
        if tensor.strides == Self.contiguousStrides(tensor.shape) {
            return type.decode(bytes, at: start, count: tensor.shape.reduce(1, *))
        }
        return type.gather(bytes, at: start, shape: tensor.shape, strides: tensor.strides)
    }

    /// The last element of the tensor's view; nil if a stride is negative or the computation overflows.
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

/// Reads the format of `torch.save` since PyTorch 1.6: a zip file with `NAME/data.pkl` and `NAME/data/KEY` for each storage.
enum TorchZipReader {
    static func read(_ bytes: [UInt8]) throws(CheckpointError) -> [String: StoredTensor] {
        let archive = try ZipArchive(bytes)
        let suffix = "/data.pkl"
        let names = Array(archive.entries.keys) + Array(archive.compressed.keys)
        guard let pickle = names.filter({ $0.hasSuffix(suffix) }).min(by: { ($0.count, $0) < ($1.count, $1) }) else {
            throw damaged("it has no data.pkl, so it is another kind of zip file")
        }
        let folder = String(pickle.dropLast(suffix.count))
        try checkKind(archive, folder, bytes)
        guard let range = archive.entries[pickle], archive.compressed.isEmpty else { throw compressed(archive) }
        var unpickler = Unpickler(bytes, range, format: .torchZip)
        let root = try unpickler.run()
        var storages: [String: Range<Int>] = [:]
        for key in unpickler.storages.keys { storages[key] = archive.entries["\(folder)/data/\(key)"] }
        return try TorchPayload(unpickler: unpickler, format: .torchZip, bytes: bytes, storages: storages).tensors(root)
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
                advice: "Load it and save it again with PyTorch on a little-endian machine.")
        }
    }

    private static func compressed(_ archive: ZipArchive) -> CheckpointError {
        let (name, method) = archive.compressed.min { $0.key < $1.key } ?? ("data.pkl", 0)
        return .unsupported(
            format: .torchZip,
            detail: "its entry \(name.printable) is compressed (method \(method)); torch.save does not compress entries",
            advice: "Save it again with torch.save(model.state_dict(), FILE).")
    }

    private static func damaged(_ detail: String) -> CheckpointError { .malformed(format: .torchZip, detail: detail) }
}

/// Reads the format of `torch.save` before PyTorch 1.6 (and today with `_use_new_zipfile_serialization=False`): five pickles (magic
/// number, protocol version, system information, the object, the keys of the storages), then the storages in the order of the keys, each
/// preceded by its length.
enum LegacyTorchReader {
    /// The pickled magic number at the beginning of such a file.
    static let magic: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    static func read(_ bytes: [UInt8]) throws(CheckpointError) -> [String: StoredTensor] {
        var position = 0
        _ = try next(bytes, &position)
        guard case .int(1001) = try next(bytes, &position).root else {
            throw .unsupported(
                format: .torchLegacy, detail: "its protocol version is not 1001",
                advice: "Load it with PyTorch and save it again with torch.save(model.state_dict(), FILE).")
        }
        try checkByteOrder(try next(bytes, &position))
        let object = try next(bytes, &position)
        let keys = try next(bytes, &position)
        let storages = try storages(bytes, from: position, keys: keys, named: object.unpickler.storages)
        return try TorchPayload(unpickler: object.unpickler, format: .torchLegacy, bytes: bytes, storages: storages)
            .tensors(object.root)
    }

    private typealias Pickle = (unpickler: Unpickler, root: PickleValue)

    private static func next(_ bytes: [UInt8], _ position: inout Int) throws(CheckpointError) -> Pickle {
        var unpickler = Unpickler(bytes, position..<bytes.count, format: .torchLegacy)
        let root = try unpickler.run()
        position = unpickler.position
        return (unpickler, root)
    }

    private static func checkByteOrder(_ systemInfo: Pickle) throws(CheckpointError) {
        guard case .dictionary(let index) = systemInfo.root else { throw damaged("its system information is missing") }
        for case (.text("little_endian"), .bool(false)) in systemInfo.unpickler.dictionaries[index] {
            throw .unsupported(
                format: .torchLegacy, detail: "it was saved on a big-endian machine",
                advice: "Load it and save it again with PyTorch on a little-endian machine.")
        }
    }

    private static func storages(
        _ bytes: [UInt8], from position: Int, keys: Pickle, named: [String: TorchStorage]
    ) throws(CheckpointError) -> [String: Range<Int>] {
        guard let members = keys.unpickler.members(keys.root) else { throw damaged("its list of storages is missing") }
        var cursor = ByteCursor(bytes, position..<bytes.count)
        var ranges: [String: Range<Int>] = [:]
        for member in members {
            guard case .text(let key) = member, let storage = named[key] else {
                throw damaged("it lists a storage that no tensor uses")
            }
            guard let count = cursor.little(Int64.self), count == storage.count,
                let length = ShapeArithmetic.bytes([storage.count], size: storage.type.size), let range = cursor.take(length)
            else { throw damaged("its storage \(key.printable) is cut off; \(storage.count) numbers are expected") }
            ranges[key] = range
        }
        return ranges
    }

    private static func damaged(_ detail: String) -> CheckpointError { .malformed(format: .torchLegacy, detail: detail) }
}
