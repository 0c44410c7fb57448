#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#elseif canImport(Darwin)
    package import Darwin
#endif

/// Paths of Unix sockets.
package enum LocalPath {
    /// The longest path that every system takes, in bytes.
    package static let longest = 100

    /// Removes a socket that a dead process has left at `path`.
    ///
    /// - Throws: `cannotListen`, when a living process listens there, when the file is no socket, or when the path is too long.
    package static func clear(_ path: String) throws(LocalCallError) {
        guard path.utf8.count <= longest else {
            throw .cannotListen("The socket's path \(path) is longer than \(longest) bytes. Give a shorter one.")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .cannotListen("\(path) exists and is not a socket. Give another path, or remove it.")
        }
        if isAnswered(path) {
            throw .cannotListen("Another process answers at \(path). Stop it first, or give another path.")
        }
        guard unlink(path) == 0 else {
            throw .cannotListen("The socket \(path), left by another process, cannot be removed: \(reason()).")
        }
    }

    /// Whether a process listens at `path`.
    package static func isAnswered(_ path: String) -> Bool {
        #if canImport(Darwin)
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = UnixAddress(path)
        return address.withPointer { connect(descriptor, $0, $1) } == 0
    }

    /// The system's text for an error number, by default that of the last failed call.
    package static func reason(_ code: CInt = errno) -> String { String(cString: strerror(code)) }
}

/// An address of the family `AF_UNIX`.
package struct UnixAddress {
    private var storage = sockaddr_un()
    private let length: Int

    /// An address for a path of at most `LocalPath.longest` bytes; a longer one is cut off. A leading `@` stands for Linux' abstract
    /// namespace.
    package init(_ path: String) {
        storage.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8.prefix(MemoryLayout.size(ofValue: storage.sun_path) - 1))
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: bytes) }
        length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count + (bytes.first == 0 ? 0 : 1)
    }

    /// Calls `body` with the address as system calls take it.
    package mutating func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let length = socklen_t(length)
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
