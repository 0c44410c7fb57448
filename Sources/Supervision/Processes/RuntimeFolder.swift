import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A pool's folder for its sockets. The pool removes it at its end; the next pool removes those of pools that were killed.
package final class RuntimeFolder: Sendable {
    /// The folder's path.
    package let path: String
    private let lock: CInt

    private static let prefix = "sakuga-pool-"
    /// Another pool's sweep may remove a folder between its creation and its lock, rarely more than once.
    private static let attempts = 100

    /// Why no folder can be made; a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Makes the folder, accessible to this user only, below the first of `parents` that can be written.
    package init(below parents: [String]) throws(Failure) {
        for parent in parents where parent.utf8.count < 60 {
            Self.sweep(parent)
            for _ in 0..<Self.attempts {
                guard let path = Self.make(below: parent) else { break }
                guard let lock = Self.lock(path) else { continue }
                self.path = path
                self.lock = lock
                return
            }
        }
        let list = parents.joined(separator: ", ")
        throw Failure(description: "The pool needs a folder for its sockets and cannot make one in any of \(list).")
    }

    /// The parents to try, in this order: `RUNTIME_DIRECTORY`, `XDG_RUNTIME_DIR`, `/run` as root, `TMPDIR`, `/tmp`.
    package static func standardParents(environment: [String: String]) -> [String] {
        let own = [environment["RUNTIME_DIRECTORY"], environment["XDG_RUNTIME_DIR"]].compactMap { $0 }
        return (own + [getuid() == 0 ? "/run" : nil, environment["TMPDIR"], "/tmp"].compactMap { $0 }).filter {
            $0.hasPrefix("/")
        }
    }

    /// Removes the folder.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
        close(lock)
    }

    /// Makes a folder with a unique name; nil when `parent` can't be written.
    private static func make(below parent: String) -> String? {
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Takes the lock that tells other pools' sweeps that the folder is in use. Nil when a sweep has removed the folder between the making
    /// of the lock file and its locking.
    private static func lock(_ folder: String) -> CInt? {
        let lock = open("\(folder)/owner", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        var status = stat()
        guard lock >= 0 else { return lock }
        while flock(lock, LOCK_EX) != 0, errno == EINTR {}
        if fstat(lock, &status) == 0, status.st_nlink > 0 { return lock }
        close(lock)
        return nil
    }

    /// Removes this user's folders whose pools are dead: the system has released their locks.
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
