import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Limits on processor and memory by control groups of version 2, where this process may make some below its own.
///
/// That is so as root in the root group, and where systemd delegates: `systemd-run --user --scope -p Delegate=yes sakuga cluster up …`.
package struct ControlGroup: Sendable {
    /// The group's folder.
    package let path: String

    /// Why there are no limits.
    package struct Unavailable: Error, CustomStringConvertible {
        /// What is missing, to stand in brackets.
        package let description: String
    }

    /// Makes a group for a cluster below the one that this process is in, and moves this process into a leaf of it: a group with
    /// limits below must not have processes itself.
    ///
    /// - Parameters:
    ///   - mount: where the groups of version 2 are; nil looks for it.
    ///   - own: this process' group, as `/proc/self/cgroup` names it; nil looks there.
    package init(name: String, mount: String? = nil, own: String? = nil) throws(Unavailable) {
        guard let mount = mount ?? Self.mount() else {
            throw Unavailable(description: "this system has no control groups of version 2")
        }
        let own = own ?? Self.own() ?? "/"
        let parent = own == "/" ? mount : mount + own
        let controllers = Self.words(parent + "/cgroup.controllers")
        let missing = ["cpu", "memory"].filter { !controllers.contains($0) }
        guard missing.isEmpty else {
            throw Unavailable(description: "the controllers \(missing.joined(separator: " and ")) are not there in \(parent)")
        }
        path = "\(parent)/\(name)"
        do {
            if own != "/" { try Self.move(to: parent + "/sakuga-keeper") }
            try Self.enable(in: parent)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Self.enable(in: path)
        } catch {
            throw Unavailable(description: "\(parent) can't be divided: \(error.localizedDescription)")
        }
    }

    /// A group below with limits of its own: `cores` of processor time, `memory` bytes (what goes beyond is killed by the kernel).
    package func add(_ name: String, cores: Int, memory: Int) throws {
        let folder = "\(path)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.write("\(cores * 100_000) 100000", to: folder + "/cpu.max")
        try Self.write("\(memory)", to: folder + "/memory.max")
    }

    /// Puts a process into such a group.
    package func move(_ pid: Int32, to name: String) throws { try Self.write("\(pid)", to: "\(path)/\(name)/cgroup.procs") }

    /// Removes the groups; their processes must have ended.
    package func remove() {
        // Folders of this file system are removed with their files, but one by one, from below.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names { rmdir("\(path)/\(name)") }
        rmdir(path)
    }

    private static func move(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write("\(ProcessInfo.processInfo.processIdentifier)", to: folder + "/cgroup.procs")
    }

    private static func enable(in folder: String) throws { try write("+cpu +memory", to: folder + "/cgroup.subtree_control") }

    /// In place: these are the kernel's files.
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
