import Checkpoints

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A download that is not whole yet, and beside it a note of where it comes from, so that the next attempt, or the next
/// process, can go on. Locked while open, so that two processes never write to one. Every method blocks on files.
struct PartFile: Sendable {
    /// What the server said of the file when its first byte came.
    struct Note: Equatable, Sendable {
        let url: String
        /// A strong ETag or a date for `If-Range`; empty where the server gave none. Even then going on is safe: the whole is
        /// checked against its digest.
        let validator: String
    }

    let path: String
    private let folder: String
    private let descriptor: Int32

    private var notePath: String { "\(path).note" }

    /// Opens or makes the file, and its folder. nil: another process has it.
    static func open(_ name: String, in folder: String) throws(ModelStoreError) -> PartFile? {
        let path = "\(folder)/\(name)"
        // Another process that ends may remove the file or the folder between any two of these steps; one more try then
        // meets nobody. The bound is for a folder that something else keeps removing.
        for _ in 0..<8 {
            try DiskEntry.makeFolder(folder)
            let descriptor = openDescriptor(path)
            if descriptor < 0 && errno == ENOENT { continue }
            guard descriptor >= 0 else { throw .notWritable(path: path, reason: systemReason()) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                _ = closeDescriptor(descriptor)
                return nil
            }
            if isFile(descriptor, at: path) { return PartFile(folder: folder, path: path, descriptor: descriptor) }
            _ = closeDescriptor(descriptor)
        }
        throw .notWritable(path: path, reason: "something keeps removing it")
    }

    /// Whether what was opened still has its name; a lock on a removed file keeps nobody out.
    private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        var opened = stat()
        var named = stat()
        return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
            && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    private init(folder: String, path: String, descriptor: Int32) {
        self.folder = folder
        self.path = path
        self.descriptor = descriptor
    }

    /// How many bytes are there that came from the same address, and what they belong to; nil: begin anew.
    func remains(of url: String) -> (count: Int, note: Note)? {
        let count = lseek(descriptor, 0, SEEK_END)
        guard count > 0, let bytes = try? BoundedFile.read(notePath, limit: 16 << 10) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, lines[0] == url else { return nil }
        return (Int(count), Note(url: url, validator: String(lines[1])))
    }

    /// Empties the file and notes what is about to come.
    func begin(_ note: Note) throws(ModelStoreError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .notWritable(path: path, reason: systemReason())
        }
        try AtomicFile.write(Array("\(note.url)\n\(note.validator)\n".utf8), to: notePath)
    }

    /// Adds bytes at the end.
    func append(_ bytes: some Sequence<UInt8>) throws(ModelStoreError) {
        guard AtomicFile.writeAll(bytes, to: descriptor) else { throw .notWritable(path: path, reason: systemReason()) }
    }

    /// Removes the file and its note.
    func discard() {
        unlink(path)
        unlink(notePath)
    }

    /// Lets go of the file, and of its folder, unless there is something in them to go on with; not to be used after.
    func close() {
        // Where this file was discarded already, the name may be another process's by now.
        if lseek(descriptor, 0, SEEK_END) == 0, Self.isFile(descriptor, at: path) { discard() }
        _ = closeDescriptor(descriptor)
        // Fails, as it should, where another part is left.
        rmdir(folder)
    }
}

/// The system's `close`, which a method called `close` hides.
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

private func openDescriptor(_ path: String) -> Int32 {
    #if canImport(Darwin)
        Darwin.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    #elseif canImport(Musl)
        Musl.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    #else
        Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    #endif
}
