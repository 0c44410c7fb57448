import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a cluster keeps on the disk while it runs: the plan, a lock that its keeper holds, a pid file and a log for each process, the
/// files of nginx and Redis. Only its user may read it: there is Redis' password in it.
package struct ClusterFolder: Sendable {
    /// The folder itself.
    package let path: String

    package init(_ path: String) { self.path = path }

    /// `$XDG_STATE_HOME/sakuga/cluster`, else `~/.local/state/sakuga/cluster`.
    package static func standard(environment: [String: String]) -> String {
        if let home = environment["XDG_STATE_HOME"], !home.isEmpty { return home + "/sakuga/cluster" }
        return (environment["HOME"] ?? "/tmp") + "/.local/state/sakuga/cluster"
    }

    /// Where a member's output goes.
    package func log(_ name: String) -> String { "\(path)/logs/\(name).log" }

    /// nginx' own folder.
    package var nginx: String { path + "/nginx" }

    /// Redis' own folder, with its append-only file.
    package var redis: String { path + "/redis" }

    /// Whether an earlier cluster left a queue there.
    package var hasQueue: Bool { FileManager.default.fileExists(atPath: redis + "/appendonlydir") }

    /// Makes the folder, or takes it over from a cluster that has ended.
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

    /// Removes all of it; with `keepingQueue` all but Redis' file.
    package func remove(keepingQueue: Bool = false) {
        guard keepingQueue else {
            try? FileManager.default.removeItem(atPath: path)
            return
        }
        for name in ["pids", "logs", "nginx", "plan.json", "phase", "keeper.lock"] {
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }

    // MARK: The keeper's lock

    /// Takes the lock of the keeper for as long as this process lives; nil when another process holds it.
    package func lock() throws(ClusterError) -> Int32? {
        let file = path + "/keeper.lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: file, action: "opened", reason: String(cString: strerror(errno))) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    /// Whether a keeper is at work.
    package var hasKeeper: Bool {
        let descriptor = open(path + "/keeper.lock", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    // MARK: Plan and phase

    /// How far the cluster is.
    package enum Phase: Sendable, Equatable {
        case starting
        /// With what has to be said about it, such as that there are no limits.
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

    /// The plan of the cluster that runs here.
    package func plan() throws(ClusterError) -> ClusterPlan {
        guard let data = FileManager.default.contents(atPath: path + "/plan.json") else { throw .none(folder: path) }
        do {
            return try JSONDecoder().decode(ClusterPlan.self, from: data)
        } catch {
            throw .file(
                path: path + "/plan.json", action: "read", reason: "it is damaged; remove the folder when nothing runs there")
        }
    }

    /// Says how far the cluster is.
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

    /// How far the cluster is; nil when nothing is written.
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

    /// Remembers a member's process, or, with nil, that it has ended.
    package func write(_ record: ProcessRecord?, of name: String) throws(ClusterError) {
        guard let record else {
            try? FileManager.default.removeItem(atPath: "\(path)/pids/\(name)")
            return
        }
        try write(Data(record.text.utf8), to: "pids/\(name)")
    }

    /// The processes that are running, by their members' names; stale pid files are passed over.
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

    /// The last lines of a member's log.
    package func lastWords(of name: String, lines: Int = 12) -> [String] {
        guard let file = FileHandle(forReadingAtPath: log(name)) else { return [] }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > 16_384 ? end - 16_384 : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).map(String.init)
    }

    /// In one step, so that a reader never sees half a file.
    private func write(_ data: Data, to name: String) throws(ClusterError) {
        let file = "\(path)/\(name)"
        do {
            try data.write(to: URL(filePath: file), options: .atomic)
        } catch { throw .file(path: file, action: "written", reason: error.localizedDescription) }
    }
}
