package import Foundation
import JobQueue

/// A file that a client has uploaded, or a picture kept for it.
package struct ShelfFile: Sendable, Equatable {
    /// Where it can be fetched.
    package var path: ServedPath
    /// Its contents.
    package var bytes: [UInt8]
    /// What it is, by its contents.
    package var mediaType: String
    /// When it came.
    package var added: Date

    /// Makes a file.
    package init(path: ServedPath, bytes: [UInt8], mediaType: String, added: Date) {
        self.path = path
        self.bytes = bytes
        self.mediaType = mediaType
        self.added = added
    }
}

/// The decisions about which files stay. A value without a clock; times come in as parameters.
package struct ShelfBook {
    /// How much is kept, and for how long.
    package struct Limits: Sendable {
        /// All files together; each counts for 4 KB at least.
        package var bytes: Int
        /// A file is gone after this time.
        package var life: Duration
        /// A file that nobody has used makes room for others after this time.
        package var unusedLife: Duration

        /// Makes limits.
        package init(bytes: Int, life: Duration, unusedLife: Duration) {
            self.bytes = bytes
            self.life = life
            self.unusedLife = unusedLife
        }
    }

    private struct Entry {
        var file: ShelfFile
        var client: String
        var added: ContinuousClock.Instant
        var lastUse: ContinuousClock.Instant?

        /// What it counts for: small files cost more than their bytes.
        var charge: Int { ShelfBook.charge(file.bytes.count) }
    }

    private let limits: Limits
    private var entries: [JobID: Entry] = [:]
    /// What the files count for.
    package private(set) var bytes = 0

    /// An empty shelf.
    package init(limits: Limits) {
        self.limits = limits
    }

    /// Whether there are no files.
    package var isEmpty: Bool { entries.isEmpty }

    /// Keeps a file if there is room for it, or can be made.
    package mutating func add(_ file: ShelfFile, of client: String, now: ContinuousClock.Instant) -> Bool {
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
    package mutating func file(at path: ServedPath, now: ContinuousClock.Instant) -> ShelfFile? {
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
        if let oldest, oldest.value.added + limits.unusedLife <= now { return oldest.key }
        var shares: [String: Int] = [:]
        for entry in entries.values { shares[entry.client, default: 0] += entry.charge }
        guard let greediest = shares.max(by: { $0.value < $1.value }), greediest.key != client,
            greediest.value > shares[client, default: 0] + charge
        else { return nil }
        return entries.filter { $0.value.client == greediest.key }.min { $0.value.added < $1.value.added }?.key
    }
}
