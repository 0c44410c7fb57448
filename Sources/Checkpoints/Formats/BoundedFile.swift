#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads whole files into memory, up to a limit.
package enum BoundedFile {
    /// The bytes of the regular file at `path`, at most `limit` of them. Pipes, devices and folders are rejected, because reading them
    /// could block or never end. Blocks the calling thread.
    package static func read(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
        // O_NONBLOCK: opening a named pipe without a writer would block before it can be rejected.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(reason: systemReason()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(reason: systemReason()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(reason: "it is not a regular file") }
        let size = Int(status.st_size)
        guard size <= limit else { throw .tooLarge(bytes: size, limit: limit) }
        return try readExactly(size, from: descriptor)
    }

    private static func readExactly(_ size: Int, from descriptor: Int32) throws(CheckpointError) -> [UInt8] {
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                #if canImport(Darwin)
                    let count = Darwin.read(descriptor, buffer.baseAddress! + filled, size - filled)
                #elseif canImport(Musl)
                    let count = Musl.read(descriptor, buffer.baseAddress! + filled, size - filled)
                #else
                    let count = Glibc.read(descriptor, buffer.baseAddress! + filled, size - filled)
                #endif
                if count < 0 && errno == EINTR { continue }
                if count < 0 { failure = systemReason() }
                // A file that was truncated meanwhile ends here; the reader of its format then says what is missing.
                if count <= 0 { break }
                filled += count
            }
        }
        if let failure { throw .unreadable(reason: failure) }
        return bytes
    }
}

/// The reason of the last failed system call, such as `No such file or directory`.
private func systemReason() -> String { String(cString: strerror(errno)) }
