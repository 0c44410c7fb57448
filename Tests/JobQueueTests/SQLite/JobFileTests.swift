import BlockingThreads
import Foundation
import GRDB
import JobQueue
import JobQueueSQLite
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What can be wrong with the file, and what the store says to it.
@Suite(.timeLimit(.minutes(5))) struct JobFileTests {
    private let folder: JobFolder

    init() throws { folder = try JobFolder() }

    private func open(_ name: String = "jobs.db") throws(JobStoreError) -> SQLiteJobStore {
        try SQLiteJobStore(path: folder.path(name))
    }

    /// The error that opening `name` throws.
    private func failure(opening name: String) -> JobStoreError? {
        do throws(JobStoreError) {
            _ = try open(name)
            return nil
        } catch {
            return error
        }
    }

    private func makeStore(_ name: String = "jobs.db") async throws {
        let store = try open(name)
        _ = try await store.addMany(3)
        await store.close()
    }

    @Test func `a file that is not a database is named with what to do`() async throws {
        defer { folder.remove() }
        let contents = Data((0..<8_192).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        try contents.write(to: folder.url.appendingPathComponent("photo.db"))
        guard case .damaged(let reason) = failure(opening: "photo.db") else { throw UnexpectedAnswer("it was opened") }
        #expect(reason.contains("photo.db") && reason.contains("not a database") && reason.contains("another path"))
        #expect(try Data(contentsOf: folder.url.appendingPathComponent("photo.db")) == contents)
    }

    @Test func `another program's database is left alone`() async throws {
        defer { folder.remove() }
        try await DatabaseQueue(path: folder.path("other.db")).write { try $0.execute(sql: "CREATE TABLE song (name TEXT)") }
        let before = try Data(contentsOf: folder.url.appendingPathComponent("other.db"))
        guard case .damaged(let reason) = failure(opening: "other.db") else { throw UnexpectedAnswer("it was opened") }
        #expect(reason.contains("another program's database"))
        #expect(try Data(contentsOf: folder.url.appendingPathComponent("other.db")) == before)
    }

    @Test func `a file of a newer version is refused and stays as it is`() async throws {
        defer { folder.remove() }
        try await makeStore()
        try await DatabaseQueue(path: folder.path("jobs.db")).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 something new')")
        }
        guard case .damaged(let reason) = failure(opening: "jobs.db") else { throw UnexpectedAnswer("it was opened") }
        #expect(reason.contains("newer version"))
    }

    @Test func `a file that was cut short is damaged`() async throws {
        defer { folder.remove() }
        try await makeStore()
        let url = folder.url.appendingPathComponent("jobs.db")
        try Data(contentsOf: url).prefix(4_096 * 3).write(to: url)
        guard case .damaged(let reason) = failure(opening: "jobs.db") else { throw UnexpectedAnswer("it was opened") }
        #expect(reason.contains("move the file away"))
    }

    @Test func `an empty file becomes a job file`() async throws {
        defer { folder.remove() }
        try Data().write(to: folder.url.appendingPathComponent("jobs.db"))
        try await makeStore()
    }

    @Test func `only the owner can read the pictures`() async throws {
        defer { folder.remove() }
        try await makeStore()
        let store = try open()
        _ = try await store.addOne()
        for name in ["jobs.db", "jobs.db-wal", "jobs.db-lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(name))
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
        await store.close()
    }

    /// A descriptor that is closed twice is, the second time, one that another thread has opened in between.
    @Test func `a refused file closes no descriptor but its own`() async throws {
        defer { folder.remove() }
        let store = try open()
        let isDone = Atomic(false)
        async let strangers = BlockingThreadPool.shared.run {
            var lost = 0
            while !isDone.load(ordering: .relaxed) {
                if !canCloseWhatItOpened() { lost += 1 }
            }
            return lost
        }
        for _ in 0..<5_000 { #expect(failure(opening: "jobs.db") != nil) }
        isDone.store(true, ordering: .relaxed)
        #expect(await strangers == 0)
        await store.close()
    }

    @Test func `a second process is kept away until the first has gone`() async throws {
        defer { folder.remove() }
        let first = try open()
        let id = try await first.addOne()
        let refusal = #expect(throws: JobStoreError.self) { try SQLiteJobStore(path: folder.path("jobs.db")) }
        guard case .unavailable(let reason) = refusal else { throw UnexpectedAnswer("it was opened twice") }
        #expect(reason.contains("another process") && reason.contains("Redis"))
        #expect(try await first.known(id).state == .queued, "the first goes on")
        await first.close()
        let second = try open()
        #expect(try await second.known(id).state == .queued)
        await second.close()
    }

    @Test func `a store that is let go without closing can be opened again`() async throws {
        defer { folder.remove() }
        let id = try await leaveBehind()
        let store = try open()
        #expect(try await store.known(id).state == .queued)
        #expect(try await store.sweep() == JobStoreSweep(reclaimed: 1))
        #expect(try await store.claimNow().attempt == 2)
        await store.close()
    }

    /// A running job in a file that nobody closes.
    private func leaveBehind() async throws -> JobID {
        let store = try open()
        let id = try await store.addOne()
        _ = try await store.claimNow()
        return id
    }

    @Test func `a folder that is not there is named`() async throws {
        defer { folder.remove() }
        guard case .unavailable(let reason) = failure(opening: "no/where/jobs.db") else {
            throw UnexpectedAnswer("it was opened")
        }
        #expect(reason.contains("no/where/jobs.db-lock") && reason.contains("Make its folder first"))
    }

    @Test func `a folder is no job file`() async throws {
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.path("jobs.db"), withIntermediateDirectories: true)
        guard case .unavailable(let reason) = failure(opening: "jobs.db") else { throw UnexpectedAnswer("it was opened") }
        #expect(reason.contains("jobs.db cannot be opened"))
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func `a folder that may not be written is named`() async throws {
        defer { folder.remove() }
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.url.path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path) }
        guard case .unavailable(let reason) = failure(opening: "jobs.db") else { throw UnexpectedAnswer("it was opened") }
        #expect(reason.contains("Let this user write in that folder"))
    }
}

/// Whether a descriptor that is opened here is still open a moment later.
private func canCloseWhatItOpened() -> Bool { close(open("/dev/null", O_RDONLY | O_CLOEXEC)) == 0 }
