#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Making folders and removing files, with the system's own reason where it fails.
enum DiskEntry {
    /// Makes the folder and those above it that are missing.
    static func makeFolder(_ path: String) throws(ModelStoreError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix == "/" ? String(part) : "/\(part)"
            // EEXIST is the ordinary case; a parent we may not write to but that is there answers it too.
            if mkdir(prefix, 0o755) != 0, errno != EEXIST, !isFolder(prefix) {
                throw .notWritable(path: path, reason: systemReason())
            }
        }
        guard isFolder(path) else { throw .notWritable(path: path, reason: "it is not a folder") }
    }

    /// Removes the file; one that is not there is no error.
    static func remove(_ path: String) throws(ModelStoreError) {
        if unlink(path) != 0, errno != ENOENT { throw .notWritable(path: path, reason: systemReason()) }
    }

    private static func isFolder(_ path: String) -> Bool {
        let reason = errno
        defer { errno = reason }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
