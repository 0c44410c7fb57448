/// The central directory of a zip file whose entries are stored without compression, as `torch.save` writes them. Nothing is inflated,
/// so no archive can expand beyond its own size.
struct ZipArchive {
    /// The byte range of each entry.
    let entries: [String: Range<Int>]
    /// The compressed entries, with the number of the method; they are not read.
    let compressed: [String: UInt16]

    /// The maximum number of entries. A state dict of this network has about eighty.
    static let entryLimit = 10_000

    init(_ bytes: [UInt8]) throws(CheckpointError) {
        let end = try Self.endRecord(bytes)
        var cursor = ByteCursor(bytes, end.directory)
        var entries: [String: Range<Int>] = [:]
        var compressed: [String: UInt16] = [:]
        for _ in 0..<end.count {
            guard let record = DirectoryRecord(&cursor) else { throw Self.damaged("its central directory is cut off") }
            guard entries[record.name] == nil, compressed[record.name] == nil else {
                throw Self.damaged("it lists \(record.name.printable) twice")
            }
            if record.method == 0 {
                entries[record.name] = try Self.data(of: record, bytes)
            } else {
                compressed[record.name] = record.method
            }
        }
        self.entries = entries
        self.compressed = compressed
    }

    private static func endRecord(_ bytes: [UInt8]) throws(CheckpointError) -> (count: Int, directory: Range<Int>) {
        // The record is 22 bytes and may be followed by a comment of at most 65,535.
        let signature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
        let earliest = max(0, bytes.count - 22 - 65_535)
        var start = bytes.count - 22
        while start >= earliest, bytes[start..<start + 4] != signature[...] { start -= 1 }
        guard start >= earliest, start >= 0 else { throw damaged("its central directory is missing, so the file is cut off") }
        var cursor = ByteCursor(bytes, start + 10..<bytes.count)
        guard let count = cursor.little(UInt16.self), let size = cursor.little(UInt32.self),
            let offset = cursor.little(UInt32.self)
        else { throw damaged("its last record is cut off") }
        guard count <= entryLimit else {
            throw damaged("it claims \(count) entries, which is more than the limit of \(entryLimit)")
        }
        guard Int(offset) + Int(size) <= start else { throw damaged("its central directory lies outside the file") }
        return (Int(count), Int(offset)..<Int(offset) + Int(size))
    }

    private static func data(of record: DirectoryRecord, _ bytes: [UInt8]) throws(CheckpointError) -> Range<Int> {
        guard record.flags & 1 == 0 else {
            throw .unsupported(
                format: .torchZip, detail: "its entry \(record.name.printable) is encrypted",
                advice: "Save it without a password.")
        }
        guard record.packedSize == record.size else {
            throw damaged("its entry \(record.name.printable) states two different sizes")
        }
        guard record.offset + 30 <= bytes.count else { throw damaged("its entry \(record.name.printable) lies outside the file") }
        var header = ByteCursor(bytes, record.offset..<bytes.count)
        guard header.little(UInt32.self) == 0x0403_4B50, header.take(22) != nil,
            let nameLength = header.little(UInt16.self), let extraLength = header.little(UInt16.self),
            header.take(Int(nameLength) + Int(extraLength)) != nil,
            let data = header.take(record.size)
        else { throw damaged("its entry \(record.name.printable) lies outside the file") }
        return data
    }

    private static func damaged(_ detail: String) -> CheckpointError { .malformed(format: .torchZip, detail: detail) }
}

/// One record of the central directory.
private struct DirectoryRecord {
    let flags: UInt16
    let method: UInt16
    let packedSize: Int
    let size: Int
    let offset: Int
    let name: String

    init?(_ cursor: inout ByteCursor) {
        guard cursor.little(UInt32.self) == 0x0201_4B50, cursor.take(4) != nil,
            let flags = cursor.little(UInt16.self), let method = cursor.little(UInt16.self), cursor.take(8) != nil,
            let packed = cursor.little(UInt32.self), let size = cursor.little(UInt32.self),
            let nameLength = cursor.little(UInt16.self), let extraLength = cursor.little(UInt16.self),
            let commentLength = cursor.little(UInt16.self), cursor.take(8) != nil,
            let offset = cursor.little(UInt32.self), let name = cursor.text(Int(nameLength)),
            cursor.take(Int(extraLength) + Int(commentLength)) != nil
        else { return nil }
        self.flags = flags
        self.method = method
        packedSize = Int(packed)
        self.size = Int(size)
        self.offset = Int(offset)
        self.name = name
    }
}
