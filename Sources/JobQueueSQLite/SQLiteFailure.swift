import GRDB
import JobQueue

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
