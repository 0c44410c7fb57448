#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a picture's file cannot be read or written.
public enum PictureFileError: Error, Equatable, CustomStringConvertible {
    /// The photo could not be opened or read; the reason is the system's.
    case unreadable(reason: String)
    /// The path is a folder, pipe or device.
    case notAFile
    /// The result could not be put under its name.
    case unwritable(path: String, reason: String)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .unreadable(let reason): "The file cannot be read: \(reason)."
        case .notAFile: "This is not a regular file; give a picture's file."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). Check the folder, its permissions and the space left."
        }
    }
}

/// Reading photos and writing pictures. Both block; they are called on the pool's threads.
enum PictureFile {
    /// The first `limit` bytes of the regular file at `path`.
    static func read(_ path: String, upTo limit: Int) throws(PictureFileError) -> [UInt8] {
        // O_NONBLOCK: opening a named pipe without a writer would otherwise hang before it can be refused.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(reason: systemReason()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(reason: systemReason()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }

        let capacity = min(limit, Int(status.st_size))
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            while filled < capacity {
                let count = systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, capacity - filled)
                if count < 0 && errno == EINTR { continue }
                if count < 0 { failure = systemReason() }
                // A file that shrank meanwhile ends here; its format's decoder says what is missing.
                if count <= 0 { break }
                filled += count
            }
        }
        if let failure { throw .unreadable(reason: failure) }
        return bytes
    }

    /// Writes beside `path`, then renames: whoever looks sees the old file, or none, or the whole new one.
    static func write(_ bytes: [UInt8], to path: String) throws(PictureFileError) {
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemReason()) }
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var failure: String?
        // mkstemp's files are private to the user; a picture is as readable as any other.
        if !writeAll(bytes, to: descriptor) || fchmod(descriptor, 0o644) != 0 { failure = systemReason() }
        if close(descriptor) != 0, failure == nil { failure = systemReason() }
        if failure == nil, rename(temporary, path) != 0 { failure = systemReason() }
        guard let failure else { return }
        unlink(temporary)
        throw .unwritable(path: path, reason: failure)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = systemWrite(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}

// Inside `PictureFile`, `read` and `write` are its own.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}

/// The text of the last failed system call, as `No such file or directory`.
private func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
