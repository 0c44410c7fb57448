package import Foundation
package import JobQueue
import Synchronization

/// Keeps uploaded files in memory for a limited time. Nothing is written to disk.
final class UploadStore: Sendable {
    private struct State {
        var index: UploadIndex
        var isSweeping = false
    }

    private let state: Mutex<State>
    private static let sweepInterval = Duration.seconds(30)

    init(_ configuration: GradioConfiguration) {
        let limits = UploadIndex.Limits(
            bytes: configuration.uploadsLimit, lifetime: configuration.uploadLifetime,
            unusedLifetime: configuration.unusedLifetime)
        state = Mutex(State(index: UploadIndex(limits: limits)))
    }

    /// Stores a file at a new path.
    /// - Throws: ``HTTPProblem`` if there is no room for it.
    func add(_ bytes: [UInt8], name: String, mediaType: String, of client: String) throws(HTTPProblem) -> GradioFilePath {
        let path = GradioFilePath(name: GradioFilePath.safeName(name))
        let file = UploadedFile(path: path, bytes: bytes, mediaType: mediaType, added: Date())
        let (isStored, isSweeping) = state.withLock { state in
            let isStored = state.index.add(file, of: client, now: .now)
            defer { if isStored { state.isSweeping = true } }
            return (isStored, state.isSweeping)
        }
        guard isStored else { throw .uploadStoreFull }
        if !isSweeping { sweepWhileThereAreFiles() }
        return path
    }

    /// The file at a path; nil if there is none.
    func file(at path: GradioFilePath) -> UploadedFile? {
        state.withLock { $0.index.file(at: path, now: .now) }
    }

    private func sweepWhileThereAreFiles() {
        Task { [weak self] in
            repeat { try? await Task.sleep(for: Self.sweepInterval) } while self?.sweep() == true
        }
    }

    /// Removes expired files. True if others are left.
    private func sweep() -> Bool {
        state.withLock { state in
            state.index.sweep(now: .now)
            state.isSweeping = !state.index.isEmpty
            return state.isSweeping
        }
    }
}

/// A file that a client has uploaded, or a result for it to fetch.
package struct UploadedFile: Sendable, Equatable {
    /// The path of the file.
    package var path: GradioFilePath
    /// The contents.
    package var bytes: [UInt8]
    /// The media type, by the contents.
    package var mediaType: String
    /// When the file was added.
    package var added: Date

    /// Creates a file.
    package init(path: GradioFilePath, bytes: [UInt8], mediaType: String, added: Date) {
        self.path = path
        self.bytes = bytes
        self.mediaType = mediaType
        self.added = added
    }
}

/// Decides which files are kept. A value without a clock; times are parameters.
package struct UploadIndex {
    /// The limits of an index.
    package struct Limits: Sendable {
        /// The maximum size of all files, in bytes. Each counts for at least 4 KB.
        package var bytes: Int
        /// A file is removed after this time.
        package var lifetime: Duration
        /// A file that has not been used may be evicted after this time.
        package var unusedLifetime: Duration

        /// Creates limits.
        package init(bytes: Int, lifetime: Duration, unusedLifetime: Duration) {
            self.bytes = bytes
            self.lifetime = lifetime
            self.unusedLifetime = unusedLifetime
        }
    }

    private struct Entry {
        var file: UploadedFile
        var client: String
        var added: ContinuousClock.Instant
        var lastUse: ContinuousClock.Instant?

        /// The bytes that the file counts for: small files cost more than their size.
        var charge: Int { UploadIndex.charge(file.bytes.count) }
    }

    private let limits: Limits
    private var entries: [JobID: Entry] = [:]
    /// The bytes that all files count for.
    package private(set) var bytes = 0

    /// An empty index.
    package init(limits: Limits) {
        self.limits = limits
    }

    /// Whether there are no files.
    package var isEmpty: Bool { entries.isEmpty }

    /// Adds a file, evicting others if need be. False if there is no room for it.
    package mutating func add(_ file: UploadedFile, of client: String, now: ContinuousClock.Instant) -> Bool {
        let charge = Self.charge(file.bytes.count)
        guard charge <= limits.bytes else { return false }
        while bytes + charge > limits.bytes {
            guard let victim = victim(for: client, needing: charge, now: now) else { return false }
            remove(victim)
        }
        entries[file.path.id] = Entry(file: file, client: client, added: now)
        bytes += charge
        return true
    }

    /// The file at a path. It counts as used from now on.
    package mutating func file(at path: GradioFilePath, now: ContinuousClock.Instant) -> UploadedFile? {
        guard let entry = entries[path.id], entry.file.path == path else { return nil }
        guard entry.added + limits.lifetime > now else {
            remove(path.id)
            return nil
        }
        entries[path.id]?.lastUse = now
        return entry.file
    }

    /// Removes expired files.
    package mutating func sweep(now: ContinuousClock.Instant) {
        for (id, entry) in entries where entry.added + limits.lifetime <= now { remove(id) }
    }

    private static func charge(_ bytes: Int) -> Int { max(bytes, 4_096) }

    private mutating func remove(_ id: JobID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        bytes -= entry.charge
    }

    /// The file to evict: the least recently used one; else the oldest if it has not been used in time; else the oldest of the client with
    /// the largest share, so that one client cannot keep the others out.
    private func victim(for client: String, needing charge: Int, now: ContinuousClock.Instant) -> JobID? {
        let used = entries.filter { $0.value.lastUse != nil }.min { ($0.value.lastUse ?? now) < ($1.value.lastUse ?? now) }
        if let used { return used.key }
        let oldest = entries.min { $0.value.added < $1.value.added }
        if let oldest, oldest.value.added + limits.unusedLifetime <= now { return oldest.key }
        var shares: [String: Int] = [:]
        for entry in entries.values { shares[entry.client, default: 0] += entry.charge }
        guard let largest = shares.max(by: { $0.value < $1.value }), largest.key != client,
            largest.value > shares[client, default: 0] + charge
        else { return nil }
        return entries.filter { $0.value.client == largest.key }.min { $0.value.added < $1.value.added }?.key
    }
}

/// The path at which a file can be fetched: `/sakuga/<32 hexadecimal digits>/photo.jpg`. It is not a path on disk, and cannot be guessed.
package struct GradioFilePath: Hashable, Sendable {
    /// 128 random bits: the ID of the upload, or of the job whose result the file is.
    package let id: JobID
    /// The last component.
    package let name: String

    /// Creates a path, with a new ID by default.
    package init(id: JobID = JobID(), name: String) {
        self.id = id
        self.name = name
    }

    /// Parses a path from a client.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard text.utf8.count <= 1_024, parts.count == 3, parts[0] == "sakuga", let id = JobID(String(parts[1])) else {
            return nil
        }
        self.init(id: id, name: String(parts[2]))
    }

    var text: String { "/sakuga/\(id.text)/\(name)" }

    /// The last component of a file name from a client, reduced to letters, digits, `.`, `-` and `_`, so that it is safe in paths, header
    /// fields and pages.
    static func safeName(_ name: String) -> String {
        let base = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let safe = base.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" }
        let visible = String(safe.drop { $0 == "." }.suffix(60))
        return visible.isEmpty || visible.utf8.count > 240 ? "file" : visible
    }
}
