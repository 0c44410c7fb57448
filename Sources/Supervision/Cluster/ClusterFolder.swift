import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A cluster's state on the disk: the plan, the phase, the supervisor's lock, a pid file and a log for each process, the files of nginx and
/// Redis. Only its owner may read it, because it holds Redis' password.
package struct ClusterFolder: Sendable {
    /// The folder itself.
    package let path: String

    package init(_ path: String) { self.path = path }

    /// `$XDG_STATE_HOME/sakuga/cluster`, else `~/.local/state/sakuga/cluster`.
    package static func standard(environment: [String: String]) -> String {
        if let home = environment["XDG_STATE_HOME"], !home.isEmpty { return home + "/sakuga/cluster" }
        return (environment["HOME"] ?? "/tmp") + "/.local/state/sakuga/cluster"
    }

    /// The name of the supervisor among the processes.
    package static let supervisor = "supervisor"

    /// The log file of a process.
    package func log(_ name: String) -> String { "\(path)/logs/\(name).log" }

    /// nginx' folder.
    package var nginx: String { path + "/nginx" }

    /// Redis' folder, with its append-only file.
    package var redis: String { path + "/redis" }

    /// Whether Redis has left a queue there.
    package var hasQueue: Bool { FileManager.default.fileExists(atPath: redis + "/appendonlydir") }

    /// Makes the folder, or reuses that of a cluster that has ended.
    package func make() throws(ClusterError) {
        for folder in [path, path + "/pids", path + "/logs", nginx, redis] {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw .file(path: folder, action: "made", reason: String(cString: strerror(errno)))
            }
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw .file(path: path, action: "written to", reason: "it belongs to another user; choose another with --state")
        }
    }

    /// Removes the folder; with `keepingQueue` all but Redis' files.
    package func remove(keepingQueue: Bool = false) {
        guard keepingQueue else {
            try? FileManager.default.removeItem(atPath: path)
            return
        }
        for name in ["pids", "logs", "nginx", "plan.json", "phase", Self.lockFile] {
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }

    // MARK: The supervisor's lock

    private static let lockFile = "supervisor.lock"

    /// Takes the supervisor's lock until this process ends.
    /// - Returns: the lock's descriptor; nil when another process holds the lock.
    package func lock() throws(ClusterError) -> Int32? {
        let file = "\(path)/\(Self.lockFile)"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: file, action: "opened", reason: String(cString: strerror(errno))) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    /// Whether a supervisor holds the lock.
    package var hasSupervisor: Bool {
        let descriptor = open("\(path)/\(Self.lockFile)", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    // MARK: Plan and phase

    /// The life of a cluster.
    package enum Phase: Sendable, Equatable {
        case starting
        /// With notes for the user, such as that there are no limits.
        case ready(notes: [String])
        case stopping
        case failed(String)
    }

    /// Writes the plan.
    package func write(_ plan: ClusterPlan) throws(ClusterError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(plan) else { return }
        try write(data, to: "plan.json")
    }

    /// The plan of the cluster.
    package func plan() throws(ClusterError) -> ClusterPlan {
        guard let data = FileManager.default.contents(atPath: path + "/plan.json") else { throw .none(folder: path) }
        do {
            return try JSONDecoder().decode(ClusterPlan.self, from: data)
        } catch {
            throw .file(
                path: path + "/plan.json", action: "read", reason: "it is damaged; remove the folder when nothing runs there")
        }
    }

    /// Writes the phase.
    package func write(_ phase: Phase) throws(ClusterError) {
        let text =
            switch phase {
            case .starting: "starting"
            case .ready(let notes): (["ready"] + notes).joined(separator: "\n")
            case .stopping: "stopping"
            case .failed(let reason): "failed\n" + reason
            }
        try write(Data(text.utf8), to: "phase")
    }

    /// The phase; nil when there is none.
    package var phase: Phase? {
        guard let data = FileManager.default.contents(atPath: path + "/phase") else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        switch lines.first {
        case "starting": return .starting
        case "ready": return .ready(notes: Array(lines.dropFirst()))
        case "stopping": return .stopping
        case "failed": return .failed(lines.dropFirst().joined(separator: "\n"))
        default: return nil
        }
    }

    // MARK: Processes

    /// Writes the pid file of a process, or removes it when `record` is nil.
    package func write(_ record: ProcessRecord?, of name: String) throws(ClusterError) {
        guard let record else {
            try? FileManager.default.removeItem(atPath: "\(path)/pids/\(name)")
            return
        }
        try write(Data(record.text.utf8), to: "pids/\(name)")
    }

    /// The running processes by name. Stale pid files are ignored.
    package var processes: [String: ProcessRecord] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/pids")) ?? []
        var found: [String: ProcessRecord] = [:]
        for name in names {
            guard let data = FileManager.default.contents(atPath: "\(path)/pids/\(name)"),
                let record = ProcessRecord(text: String(decoding: data, as: UTF8.self)), record.isRunning
            else { continue }
            found[name] = record
        }
        return found
    }

    /// The last lines of a process's log.
    package func endOfLog(of name: String, lines: Int = 12) -> [String] {
        guard let file = FileHandle(forReadingAtPath: log(name)) else { return [] }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > 16_384 ? end - 16_384 : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).map(String.init)
    }

    /// Atomically, so that a reader never sees half a file.
    private func write(_ data: Data, to name: String) throws(ClusterError) {
        let file = "\(path)/\(name)"
        do {
            try data.write(to: URL(filePath: file), options: .atomic)
        } catch { throw .file(path: file, action: "written", reason: error.localizedDescription) }
    }
}
