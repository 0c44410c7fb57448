import LocalCalls

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file with the number of this process, for scripts that send it signals. It is locked while the process lives: the system releases the
/// lock however the process ends, which tells a stale file from one in use.
package final class PIDFile: Sendable {
    private let path: String
    private let descriptor: CInt

    /// Why the file can't be written; a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Writes this process's number into the file at `path`.
    package init(path: String) throws(Failure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw Failure(description: "--pid-file \(path) cannot be written: \(LocalPath.reason()).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure(
                description: "--pid-file \(path) belongs to a running process. Stop that process or choose another path.")
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, text, text.count) == text.count else {
            close(descriptor)
            throw Failure(description: "--pid-file \(path) cannot be written: \(LocalPath.reason()).")
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// Removes the file.
    package func remove() {
        unlink(path)
        close(descriptor)
    }
}
