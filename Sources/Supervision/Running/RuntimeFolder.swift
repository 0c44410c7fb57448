import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A pool's own folder for its sockets. It goes with the pool; what a killed pool has left is swept away by the next one.
package final class RuntimeFolder: Sendable {
    /// The folder's path.
    package let path: String
    private let lock: CInt

    private static let prefix = "sakuga-pool-"
    /// Other pools' sweeps may take a folder that is just being made; hardly ever two in a row.
    private static let tries = 100

    /// Why there can be no folder; a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Makes the folder, for this user only, below the first of `parents` that can be written.
    package init(below parents: [String]) throws(Failure) {
        for parent in parents where parent.utf8.count < 60 {
            Self.sweep(parent)
            for _ in 0..<Self.tries {
                guard let path = Self.make(below: parent) else { break }
                guard let lock = Self.lock(path) else { continue }
                self.path = path
                self.lock = lock
                return
            }
        }
        let list = parents.joined(separator: ", ")
        throw Failure(description: "The pool needs a folder for its sockets and can't make one in any of \(list).")
    }

    /// The folders to try, in this order: the user's own, the system's for services, the one for temporary files.
    package static func standardParents(environment: [String: String]) -> [String] {
        let own = [environment["RUNTIME_DIRECTORY"], environment["XDG_RUNTIME_DIR"]].compactMap { $0 }
        return (own + [getuid() == 0 ? "/run" : nil, environment["TMPDIR"], "/tmp"].compactMap { $0 }).filter {
            $0.hasPrefix("/")
        }
    }

    /// Takes the folder away.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
        close(lock)
    }

    /// Makes a folder that nobody has; nil when that is not possible there.
    private static func make(below parent: String) -> String? {
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Takes the lock that tells others' sweeps that the folder's pool lives. Nil when the folder is gone: a sweep that comes between
    /// the making of the lock's file and its locking takes it for a dead pool's.
    private static func lock(_ folder: String) -> CInt? {
        let lock = open("\(folder)/owner", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        var status = stat()
        guard lock >= 0 else { return lock }
        while flock(lock, LOCK_EX) != 0, errno == EINTR {}
        if fstat(lock, &status) == 0, status.st_nlink > 0 { return lock }
        close(lock)
        return nil
    }

    /// Removes folders of this user's whose pools are dead: the system has let go of their locks.
    private static func sweep(_ parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            let folder = "\(parent)/\(name)"
            var status = stat()
            guard lstat(folder, &status) == 0, status.st_uid == getuid(), status.st_mode & S_IFMT == S_IFDIR else { continue }
            let lock = open("\(folder)/owner", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: folder) }
            close(lock)
        }
    }
}
