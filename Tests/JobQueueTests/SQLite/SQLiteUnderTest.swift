import Foundation
import JobQueue
import JobQueueSQLite

extension StoreUnderTest {
    static let sqlite = StoreUnderTest(name: "sqlite") { limits in
        let folder = try JobFolder()
        let clock = ManualClock(), waiting = EventCounter()
        let first = folder.path("jobs-0.db")
        let store = try SQLiteJobStore(path: first, limits: limits, clock: clock.jobClock, onWait: waiting.record)
        let restarts = Mutexed<[SQLiteJobStore]>([])
        return OpenStore(
            store: store, now: { clock.now }, advance: { clock.advance(by: $0) }, waiting: waiting,
            restart: {
                // What a process that comes after a kill finds: the files as they are at this instant.
                let number = restarts.value.count
                try folder.copyDatabase("jobs-\(number).db", to: "jobs-\(number + 1).db")
                let next = try SQLiteJobStore(path: folder.path("jobs-\(number + 1).db"), limits: limits, clock: clock.jobClock)
                restarts.change { $0.append(next) }
                return next
            },
            cleanUp: {
                for restarted in restarts.value { await restarted.close() }
                folder.remove()
            })
    }
}

/// A folder of a test's own.
struct JobFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("sakuga-jobs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Copies a database with its log, as it is on the disk.
    func copyDatabase(_ name: String, to other: String) throws {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path(name + suffix)) {
            try FileManager.default.copyItem(atPath: path(name + suffix), toPath: path(other + suffix))
        }
    }

    func remove() { try? FileManager.default.removeItem(at: url) }
}
