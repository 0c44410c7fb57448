import JobQueue

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps a second process from a store's file. The kernel releases it when the process ends, however it ends.
///
/// It is a file of its own (`PATH-lock`): SQLite has locks of its own on the database.
final class StoreFileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock. Throws `unavailable` when another process has it or the file cannot be made.
    init(path: String) throws(JobStoreError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw .unavailable(Self.cannotOpen(path, errno)) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        // From here on `deinit` closes the descriptor, also when this initialiser throws. Closing it here as well would close whatever
        // another thread opens in between.
        let reason = errno
        if reason == EWOULDBLOCK {
            throw .unavailable(
                "another process uses the job file (it holds \(path)). "
                    + "Stop that process, or give each its own file; processes that should share a queue need Redis.")
        }
        throw .unavailable("\(path) cannot be locked: \(text(of: reason)). Put the job file on a disk that can lock files.")
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Closing alone would not release it at once: a child that another thread has just forked shares the lock until it runs its
        // program.
        _ = flock(descriptor, LOCK_UN)
        _ = close(descriptor)
    }

    private static func cannotOpen(_ path: String, _ reason: Int32) -> String {
        let advice =
            switch reason {
            case ENOENT: "Make its folder first."
            case EACCES, EPERM, EROFS: "Let this user write in that folder, or choose another."
            case ENOSPC, EDQUOT: "Free some space on that disk."
            default: "Choose another place for the job file."
            }
        return "\(path) cannot be made: \(text(of: reason)). \(advice)"
    }
}

/// Makes sure that the file exists and that only its owner can read it: it holds people's pictures.
func makePrivateFile(at path: String) throws(JobStoreError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
        throw .unavailable("\(path) cannot be opened: \(text(of: errno)). Let this user write it, or choose another file.")
    }
    _ = close(descriptor)
}

private func text(of reason: Int32) -> String { String(cString: strerror(reason)) }
