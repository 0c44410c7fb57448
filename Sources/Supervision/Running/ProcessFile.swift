import LocalCalls

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file with the number of the running process, for scripts that send it signals. The system unlocks it when the process ends, however
/// it ends, so that a file which a dead process has left is told from one in use.
package final class ProcessFile: Sendable {
    private let path: String
    private let descriptor: CInt

    /// Why the file can't be had; a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Writes this process's number into the file at `path`.
    package init(path: String) throws(Failure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw Failure(description: "--pid-file \(path) can't be written: \(LocalPath.reason()).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure(description: "--pid-file \(path) belongs to a process that runs. Stop it, or give another path.")
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, text, text.count) == text.count else {
            close(descriptor)
            throw Failure(description: "--pid-file \(path) can't be written: \(LocalPath.reason()).")
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// Takes the file away.
    package func remove() {
        unlink(path)
        close(descriptor)
    }
}
