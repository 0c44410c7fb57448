import Imaging
import PictureFormats

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which photos a list of files, folders and patterns means. Looks at the disk; call it off the cooperative pool.
package struct PhotoSelection: Sendable, Equatable {
    /// The photos' paths, each once, in the order of the list; a folder's and a pattern's by name.
    package private(set) var photos: [String] = []
    /// Entries of the list that stand for nothing, each with a sentence why.
    package private(set) var problems: [Problem] = []
    /// Whether the list names one plain file, so that the result may be a file too.
    package private(set) var isOneFile = false

    /// An entry that stands for nothing.
    package struct Problem: Sendable, Equatable {
        /// The entry.
        package let entry: String
        /// What was wrong and what to do.
        package let reason: String
    }

    /// The most photos in one selection: a list that is longer is a mistake, and is held in memory.
    package static let maximumCount = 1_000_000

    /// - Parameter entries: paths of files; folders, of which the pictures directly inside are meant, hidden ones
    ///   aside; patterns with `*`, `?` and `[…]`, for shells that leave them as they are.
    package init(_ entries: [String]) {
        var seen: Set<String> = []
        for entry in entries {
            for photo in expand(entry) where photos.count < Self.maximumCount && seen.insert(photo).inserted {
                photos.append(photo)
            }
        }
        isOneFile = entries.count == 1 && photos == entries
    }

    private mutating func expand(_ entry: String) -> [String] {
        if FileStatus.isFolder(entry) { return pictures(inFolder: entry) }
        if FileStatus.exists(entry) { return [entry] }
        guard entry.contains(where: { "*?[".contains($0) }) else {
            problems.append(Problem(entry: entry, reason: "There is no such file or folder."))
            return []
        }
        let matches = matches(of: entry).filter { !FileStatus.isFolder($0) }
        if matches.isEmpty { problems.append(Problem(entry: entry, reason: "No file matches this pattern.")) }
        return matches
    }

    private mutating func pictures(inFolder folder: String) -> [String] {
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            let pictures = names.filter(Self.looksLikePicture).sorted().map { prefix + $0 }
                .filter { !FileStatus.isFolder($0) }
            if pictures.isEmpty { problems.append(Problem(entry: folder, reason: "There is no picture in this folder.")) }
            return pictures
        } catch {
            problems.append(Problem(entry: folder, reason: "The folder cannot be read; check its permissions."))
            return []
        }
    }

    private static func looksLikePicture(_ name: String) -> Bool {
        guard !name.hasPrefix("."), let dot = name.lastIndex(of: ".") else { return false }
        return extensions.contains(name[name.index(after: dot)...].lowercased())
    }

    private static let extensions = Set(PictureFormat.allCases.flatMap(\.fileExtensions))

    private func matches(of pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
    }
}

/// What lies at a path, symbolic links followed.
enum FileStatus {
    /// A file's identity, the same under all of its names.
    struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    static func exists(_ path: String) -> Bool { status(path) != nil }

    static func isFolder(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }

    static func identity(_ path: String) -> Identity? {
        status(path).map { Identity(device: UInt64(truncatingIfNeeded: $0.st_dev), inode: UInt64($0.st_ino)) }
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
