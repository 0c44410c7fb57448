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
    private let descriptor: Int32

    private var notePath: String { "\(path).note" }

    /// Opens or makes the file. nil: another process has it.
    static func open(_ path: String) throws(ModelStoreError) -> PartFile? {
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        #else
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        #endif
        guard descriptor >= 0 else { throw .notWritable(path: path, reason: systemReason()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            _ = closeDescriptor(descriptor)
            return nil
        }
        return PartFile(path: path, descriptor: descriptor)
    }

    private init(path: String, descriptor: Int32) {
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

    /// Lets go of the file; not to be used after.
    func close() { _ = closeDescriptor(descriptor) }
}

/// The system's `close`, which a method called `close` hides.
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }
