import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Limits on processor time and memory by control groups (cgroup v2), where this process may make groups below its own.
///
/// It may as root in the root group, and where systemd delegates: `systemd-run --user --scope -p Delegate=yes sakuga cluster up …`.
package struct ControlGroup: Sendable {
    /// The group's folder.
    package let path: String

    /// The name of the group of the cluster on a port.
    package static func name(port: Int) -> String { "sakuga-cluster-\(port)" }

    /// Why there are no limits.
    package struct Unavailable: Error, CustomStringConvertible {
        /// A clause that says what is missing.
        package let description: String
    }

    /// Makes a group below that of this process. Moves this process into a leaf group, because a group whose children have limits must not
    /// have processes itself.
    /// - Parameters:
    ///   - mount: the mount point of cgroup v2; nil finds it.
    ///   - own: the group of this process, as `/proc/self/cgroup` names it; nil reads it there.
    package init(name: String, mount: String? = nil, own: String? = nil) throws(Unavailable) {
        guard let mount = mount ?? Self.mount() else {
            throw Unavailable(description: "this system has no cgroup v2")
        }
        let own = own ?? Self.own() ?? "/"
        let parent = own == "/" ? mount : mount + own
        let controllers = Self.words(parent + "/cgroup.controllers")
        let missing = ["cpu", "memory"].filter { !controllers.contains($0) }
        guard missing.isEmpty else {
            throw Unavailable(description: "the controllers \(missing.joined(separator: " and ")) are not available in \(parent)")
        }
        path = "\(parent)/\(name)"
        do {
            if own != "/" { try Self.move(to: parent + "/sakuga-supervisor") }
            try Self.enable(in: parent)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Self.enable(in: path)
        } catch {
            throw Unavailable(description: "\(parent) cannot be divided: \(error.localizedDescription)")
        }
    }

    /// Makes a child group with limits: `cores` of processor time, and `memory` in bytes, above which the kernel kills.
    package func add(_ name: String, cores: Int, memory: Int) throws {
        let folder = "\(path)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.write("\(cores * 100_000) 100000", to: folder + "/cpu.max")
        try Self.write("\(memory)", to: folder + "/memory.max")
    }

    /// Moves a process into a child group.
    package func move(_ pid: Int32, to name: String) throws { try Self.write("\(pid)", to: "\(path)/\(name)/cgroup.procs") }

    /// Removes the groups; their processes must have ended.
    package func remove() {
        // This file system removes a folder together with its files, but not its subfolders.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names { rmdir("\(path)/\(name)") }
        rmdir(path)
    }

    private static func move(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write("\(ProcessInfo.processInfo.processIdentifier)", to: folder + "/cgroup.procs")
    }

    private static func enable(in folder: String) throws { try write("+cpu +memory", to: folder + "/cgroup.subtree_control") }

    /// In place, not atomically: these are the kernel's files.
    private static func write(_ text: String, to file: String) throws {
        if !FileManager.default.fileExists(atPath: file) { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        defer { try? handle.close() }
        try handle.write(contentsOf: Data(text.utf8))
    }

    private static func words(_ file: String) -> [Substring] {
        let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(whereSeparator: \.isWhitespace).map { $0 }
    }

    private static func mount() -> String? {
        let text = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 2, words[2] == "cgroup2" { return String(words[1]) }
        }
        return nil
    }

    private static func own() -> String? {
        let text = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) }
    }
}
