package import Foundation
package import JobQueue
import Synchronization

/// Keeps uploaded files in memory, within a budget of bytes and time: nothing is left behind on a disk.
final class UploadStore: Sendable {
    private struct State {
        var book: UploadIndex
        var isSwept = false
    }

    private let state: Mutex<State>
    private static let pause = Duration.seconds(30)

    init(_ configuration: GradioConfiguration) {
        let limits = UploadIndex.Limits(
            bytes: configuration.uploadsLimit, life: configuration.uploadLifetime, unusedLifetime: configuration.unusedLifetime)
        state = Mutex(State(book: UploadIndex(limits: limits)))
    }

    /// Keeps a file under a new path. Errors: `uploadStoreFull`.
    func add(_ bytes: [UInt8], name: String, mediaType: String, of client: String) throws(HTTPProblem) -> GradioFilePath {
        let path = GradioFilePath(name: GradioFilePath.safeName(name))
        let file = UploadedFile(path: path, bytes: bytes, mediaType: mediaType, added: Date())
        let (isKept, isSwept) = state.withLock { state in
            let isKept = state.book.add(file, of: client, now: .now)
            defer { if isKept { state.isSwept = true } }
            return (isKept, state.isSwept)
        }
        guard isKept else { throw .uploadStoreFull }
        if !isSwept { sweepWhileThereAreFiles() }
        return path
    }

    /// The file at a path; nil when it never was there or is no longer.
    func file(at path: GradioFilePath) -> UploadedFile? {
        state.withLock { $0.book.file(at: path, now: .now) }
    }

    private func sweepWhileThereAreFiles() {
        Task { [weak self] in
            repeat { try? await Task.sleep(for: Self.pause) } while self?.sweep() == true
        }
    }

    /// True if files are left.
    private func sweep() -> Bool {
        state.withLock { state in
            state.book.sweep(now: .now)
            state.isSwept = !state.book.isEmpty
            return state.isSwept
        }
    }
}

/// A file that a client has uploaded, or a picture kept for it.
package struct UploadedFile: Sendable, Equatable {
    /// Where it can be fetched.
    package var path: GradioFilePath
    /// Its contents.
    package var bytes: [UInt8]
    /// What it is, by its contents.
    package var mediaType: String
    /// When it came.
    package var added: Date

    /// Makes a file.
    package init(path: GradioFilePath, bytes: [UInt8], mediaType: String, added: Date) {
        self.path = path
        self.bytes = bytes
        self.mediaType = mediaType
        self.added = added
    }
}

/// The decisions about which files stay. A value without a clock; times come in as parameters.
package struct UploadIndex {
    /// How much is kept, and for how long.
    package struct Limits: Sendable {
        /// All files together; each counts for 4 KB at least.
        package var bytes: Int
        /// A file is gone after this time.
        package var life: Duration
        /// A file that nobody has used makes room for others after this time.
        package var unusedLifetime: Duration

        /// Makes limits.
        package init(bytes: Int, life: Duration, unusedLifetime: Duration) {
            self.bytes = bytes
            self.life = life
            self.unusedLifetime = unusedLifetime
        }
    }

    private struct Entry {
        var file: UploadedFile
        var client: String
        var added: ContinuousClock.Instant
        var lastUse: ContinuousClock.Instant?

        /// What it counts for: small files cost more than their bytes.
        var charge: Int { UploadIndex.charge(file.bytes.count) }
    }

    private let limits: Limits
    private var entries: [JobID: Entry] = [:]
    /// What the files count for.
    package private(set) var bytes = 0

    /// An empty uploads.
    package init(limits: Limits) {
        self.limits = limits
    }

    /// Whether there are no files.
    package var isEmpty: Bool { entries.isEmpty }

    /// Keeps a file if there is room for it, or can be made.
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

    /// The file at a path, which counts as used from now on.
    package mutating func file(at path: GradioFilePath, now: ContinuousClock.Instant) -> UploadedFile? {
        guard let entry = entries[path.id], entry.file.path == path else { return nil }
        guard entry.added + limits.life > now else {
            remove(path.id)
            return nil
        }
        entries[path.id]?.lastUse = now
        return entry.file
    }

    /// Removes what is too old.
    package mutating func sweep(now: ContinuousClock.Instant) {
        for (id, entry) in entries where entry.added + limits.life <= now { remove(id) }
    }

    private static func charge(_ bytes: Int) -> Int { max(bytes, 4_096) }

    private mutating func remove(_ id: JobID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        bytes -= entry.charge
    }

    /// What makes room: first what has been used, longest ago first; then what nobody has used in time; then the oldest file of
    /// whoever holds most, so that one client can't keep the others out.
    private func victim(for client: String, needing charge: Int, now: ContinuousClock.Instant) -> JobID? {
        let used = entries.filter { $0.value.lastUse != nil }.min { ($0.value.lastUse ?? now) < ($1.value.lastUse ?? now) }
        if let used { return used.key }
        let oldest = entries.min { $0.value.added < $1.value.added }
        if let oldest, oldest.value.added + limits.unusedLifetime <= now { return oldest.key }
        var shares: [String: Int] = [:]
        for entry in entries.values { shares[entry.client, default: 0] += entry.charge }
        guard let greediest = shares.max(by: { $0.value < $1.value }), greediest.key != client,
            greediest.value > shares[client, default: 0] + charge
        else { return nil }
        return entries.filter { $0.value.client == greediest.key }.min { $0.value.added < $1.value.added }?.key
    }
}

/// Where a file can be fetched: `/sakuga/<32 hexadecimal digits>/photo.jpg`. It names nothing on the disk, and cannot be guessed.
package struct GradioFilePath: Hashable, Sendable {
    /// 128 random bits: the upload's own, or the name of the job whose result it is.
    package let id: JobID
    /// The last component.
    package let name: String

    /// A path; a new one if no job is named.
    package init(id: JobID = JobID(), name: String) {
        self.id = id
        self.name = name
    }

    /// Reads a path as a client gives it back.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard text.utf8.count <= 1_024, parts.count == 3, parts[0] == "sakuga", let id = JobID(String(parts[1])) else {
            return nil
        }
        self.init(id: id, name: String(parts[2]))
    }

    var text: String { "/sakuga/\(id.text)/\(name)" }

    /// The last component of a name that a client made up, with nothing in it that could mean something to a path, a header or a
    /// page: deliveries, digits, `.`, `-` and `_`.
    static func safeName(_ name: String) -> String {
        let base = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let safe = base.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" }
        let visible = String(safe.drop { $0 == "." }.suffix(60))
        return visible.isEmpty || visible.utf8.count > 240 ? "file" : visible
    }
}
