import BlockingThreads
import Foundation
import GRDB
import JobQueue
import Synchronization

/// An open job file: the lock, the connection with its thread, and its settings.
final class JobFile: Sendable {
    private let queue: DatabaseQueue
    /// Released on closing, or with this object.
    private let lock: Mutex<StoreFileLock?>

    /// Opens the file; makes or migrates it where that is needed.
    init(path: String, maximumBytes: Int?) throws(JobStoreError) {
        // The lock comes first: nothing of the file is touched while another process uses it.
        let lock = try StoreFileLock(path: path + "-lock")
        try makePrivateFile(at: path)
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            try queue.writeWithoutTransaction { try Self.configure($0, maximumBytes: maximumBytes) }
            try Schema.migrate(queue)
        } catch {
            throw Self.opening(path, SQLiteFailure.translated(error))
        }
        self.lock = Mutex(lock)
    }

    /// Runs one transaction and waits for it on this thread.
    func now<Answer>(_ body: (Database) throws -> Answer) throws(JobStoreError) -> Answer {
        do { return try queue.write(body) } catch { throw SQLiteFailure.translated(error) }
    }

    /// Runs one transaction on the connection's thread. It runs to its end even when the task is cancelled: a job that has been
    /// taken, or finished, must not be undone by a client that hangs up.
    func later<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer
    ) async throws(JobStoreError) -> Answer {
        let outcome: Result<Answer, any Error> = await withCheckedContinuation { continuation in
            queue.asyncWrite(body) { _, outcome in continuation.resume(returning: outcome) }
        }
        do { return try outcome.get() } catch { throw SQLiteFailure.translated(error) }
    }

    /// Closes it after the transactions that are under way.
    func close() async {
        await BlockingThreadPool.shared.run { [self] in
            // Where the last checkpoint fails, the write-ahead log is applied when the file is opened next.
            try? queue.close()
            lock.withLock { $0 = nil }
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "sakuga.jobs"
        configuration.journalMode = .wal
        // An operator's own tool may lock the file for a moment.
        configuration.busyMode = .timeout(5)
        // Before anything is written, the journal mode included: the file may belong to another program.
        configuration.prepareDatabase { try Schema.claimFile($0) }
        return configuration
    }

    /// In WAL mode GRDB chooses NORMAL, under which a commit may be lost when the power fails: FULL waits for the disk.
    private static func configure(_ db: Database, maximumBytes: Int?) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")
        guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
            throw JobStoreError.unavailable("SQLite does not accept the setting that makes jobs survive a loss of power.")
        }
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
        // A log that a burst of large pictures has stretched is cut back.
        _ = try Int.fetchOne(db, sql: "PRAGMA journal_size_limit = \(16 << 20)")
        if let maximumBytes {
            let pageBytes = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4_096
            _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(max(1, maximumBytes / pageBytes))")
        }
    }

    /// When the file is opened the reason names it. Later reasons are shown to clients and do not.
    private static func opening(_ path: String, _ error: JobStoreError) -> JobStoreError {
        switch error {
        case .unavailable(let reason): .unavailable("\(path): \(reason)")
        case .damaged(let reason): .damaged("\(path): \(reason)")
        default: error
        }
    }
}

/// Maps errors of GRDB and SQLite to `JobStoreError`.
enum SQLiteFailure {
    /// The error that the store throws.
    static func translated(_ error: any Error) -> JobStoreError {
        switch error {
        case let error as JobStoreError: error
        case let error as DatabaseError: translated(error)
        default: .damaged("a row of the job file cannot be read (\(error)). \(moveAway)")
        }
    }

    static let closed = JobStoreError.unavailable("it has been closed.")

    private static let moveAway = "Stop the service, move the file away (with its -wal and -shm files) and start again."

    private static func translated(_ error: DatabaseError) -> JobStoreError {
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL:
            return .unavailable("there is no room for the job file. Free some space on its disk; the jobs in it are safe.")
        case .SQLITE_IOERR:
            return .unavailable(
                "the job file cannot be read or written (\(reason)). Check its disk; the service continues by itself after that.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return .unavailable("another program holds the job file (\(reason)). Close that program.")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            return .unavailable("the job file cannot be written (\(reason)). Let this user write the file and its folder.")
        case .SQLITE_NOTADB:
            return .damaged("the file is not a database. Choose another path for the job file, or move that file away.")
        case .SQLITE_CORRUPT, .SQLITE_FORMAT:
            return .damaged("the contents of the job file are damaged (\(reason)). \(moveAway)")
        case .SQLITE_MISUSE:
            return closed
        default:
            return .unavailable("SQLite says: \(reason).")
        }
    }
}
