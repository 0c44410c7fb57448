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
