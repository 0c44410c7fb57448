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
