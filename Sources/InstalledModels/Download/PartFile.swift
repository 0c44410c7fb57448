import Checkpoints

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An incomplete download, and beside it a note of its source, so that the next attempt or the next process can resume it. Locked while
/// open, so that two processes never write to it. Every method blocks the calling thread.
struct PartFile: Sendable {
    /// The source of the bytes.
    struct Source: Equatable, Sendable {
        let url: String
        /// A strong ETag or a date for `If-Range`; empty if the server sent none. Resuming is safe even then, because the digest of the
        /// file is checked.
        let validator: String
    }

    let path: String
    private let folder: String
    private let descriptor: Int32

    private var notePath: String { "\(path).note" }

    /// Opens or creates the file and its folder. Nil if another process has locked it.
    static func open(_ name: String, in folder: String) throws(ModelStoreError) -> PartFile? {
        let path = "\(folder)/\(name)"
        // Another process that ends may remove the file or the folder between any two of these steps; the next attempt succeeds
        // then. The bound is for a folder that is removed again and again.
        for _ in 0..<8 {
            try FileSystem.makeFolder(folder)
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
        throw .notWritable(path: path, reason: "another process keeps removing it")
    }

    /// Whether the open file is still at its path; the lock of a removed file is useless.
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

    /// The number of bytes that came from `url`, and their source; nil if the download has to start over.
    func resumable(from url: String) -> (count: Int, source: Source)? {
        let count = lseek(descriptor, 0, SEEK_END)
        guard count > 0, let bytes = try? BoundedFile.read(notePath, limit: 16 << 10) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, lines[0] == url else { return nil }
        return (Int(count), Source(url: url, validator: String(lines[1])))
    }

    /// Empties the file and writes the note of the source.
    func begin(_ source: Source) throws(ModelStoreError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .notWritable(path: path, reason: systemReason())
        }
        try FileSystem.write(Array("\(source.url)\n\(source.validator)\n".utf8), to: notePath)
    }

    /// Appends bytes.
    func append(_ bytes: some Sequence<UInt8>) throws(ModelStoreError) {
        guard FileSystem.writeAll(bytes, to: descriptor) else { throw .notWritable(path: path, reason: systemReason()) }
    }

    /// Removes the file and its note.
    func discard() {
        unlink(path)
        unlink(notePath)
    }

    /// Closes the file. Removes it if it is empty, and its folder if that is empty. The value must not be used afterwards.
    func close() {
        // If the file was discarded already, the path may belong to another process now.
        if lseek(descriptor, 0, SEEK_END) == 0, Self.isFile(descriptor, at: path) { discard() }
        _ = closeDescriptor(descriptor)
        // Fails, as intended, if the folder has other files.
        rmdir(folder)
    }
}

/// The system call `close`, which is shadowed by the method.
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
