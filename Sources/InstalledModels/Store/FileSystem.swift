#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Atomic writes of files. Errors carry the system's reason. All functions block the calling thread.
enum FileSystem {
    /// Writes `bytes` to `path` atomically: to a temporary file beside it, which is flushed and renamed. After a crash or with a full
    /// disk, the old file or none is there.
    static func write(_ bytes: [UInt8], to path: String) throws(ModelStoreError) {
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .notWritable(path: path, reason: systemReason()) }
        let temporary = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        var failure: String?
        // mkstemp's files are private; models are readable like files with the usual mask.
        if !writeAll(bytes, to: descriptor) || fchmod(descriptor, 0o644) != 0 || fsync(descriptor) != 0 {
            failure = systemReason()
        }
        close(descriptor)
        if failure == nil, rename(temporary, path) != 0 { failure = systemReason() }
        if let failure {
            unlink(temporary)
            throw .notWritable(path: path, reason: failure)
        }
        synchronizeFolder(of: path)
    }

    /// Writes all bytes to an open file; false on an error, which is in `errno`.
    static func writeAll(_ bytes: some Sequence<UInt8>, to descriptor: Int32) -> Bool {
        let whole = bytes.withContiguousStorageIfAvailable { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
        return whole ?? Array(bytes).withUnsafeBytes { writeAll($0, to: descriptor) }
    }

    /// Creates the folder and its missing parents.
    static func makeFolder(_ path: String) throws(ModelStoreError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix == "/" ? String(part) : "/\(part)"
            // EEXIST is the usual case; an existing parent that is not writable gives other errors as well.
            if mkdir(prefix, 0o755) != 0, errno != EEXIST, !isFolder(prefix) {
                throw .notWritable(path: path, reason: systemReason())
            }
        }
        guard isFolder(path) else { throw .notWritable(path: path, reason: "it is not a folder") }
    }

    /// Removes the file; a missing file is not an error.
    static func remove(_ path: String) throws(ModelStoreError) {
        if unlink(path) != 0, errno != ENOENT { throw .notWritable(path: path, reason: systemReason()) }
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            #if canImport(Darwin)
                let count = Darwin.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            #else
                let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            #endif
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Flushes the rename itself to the disk. Not all file systems support this, so errors are ignored.
    private static func synchronizeFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func isFolder(_ path: String) -> Bool {
        let reason = errno
        defer { errno = reason }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// The reason of the last failed system call, such as `No such file or directory`.
func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
