import GRDB
import JobQueue

/// The tables of a job file. Versions follow one another as migrations: a released one is never changed.
enum Schema {
    /// Marks a file as ours (`SAKU`), so that another program's database is not written into.
    static let applicationID = 0x5341_4B55

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 jobs") { try createJobs($0) }
        return migrator
    }

    /// Refuses the files of other programs; marks an empty one.
    static func claimFile(_ db: Database) throws {
        let mark = try Int.fetchOne(db, sql: "PRAGMA application_id")
        if mark == applicationID { return }
        guard mark == 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0 else {
            throw JobStoreError.damaged("the file is another program's database. Choose another path for the job file.")
        }
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    }

    /// Brings the tables to this version.
    static func migrate(_ queue: DatabaseQueue) throws {
        if try queue.read(migrator.hasBeenSuperseded) {
            throw JobStoreError.damaged(
                "the file was written by a newer version of sakuga. Run that version, or choose another path for the job file.")
        }
        try migrator.migrate(queue)
    }

    // Dates are seconds since 2001 in UTC, as `Date` has them, so that none is rounded. `turn` is a start tag of `StartTimeFairQueue` and
    // `line.servedTurn` its virtual time; `wishes` is a `JobRequest` without its image, as JSON. Images have a table of their own
    // because SQLite writes a whole row at each change. Leases are not stored: no claim outlives the process.
    private static func createJobs(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE job (
                    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                    turn INTEGER NOT NULL,
                    id TEXT NOT NULL UNIQUE,
                    client TEXT NOT NULL,
                    key TEXT,
                    fingerprint TEXT,
                    requestID TEXT NOT NULL,
                    wishes TEXT NOT NULL,
                    imageBytes INTEGER NOT NULL,
                    submitted REAL NOT NULL,
                    deadline REAL,
                    state TEXT NOT NULL,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    worker TEXT,
                    started REAL,
                    finished REAL,
                    failure TEXT,
                    resultBytes INTEGER NOT NULL DEFAULT 0
                );
                CREATE UNIQUE INDEX job_key ON job (client, key) WHERE key IS NOT NULL;
                CREATE INDEX job_line ON job (turn, sequence, imageBytes) WHERE state = 'queued';
                CREATE INDEX job_client ON job (client, turn) WHERE state <> 'cancelled';
                CREATE INDEX job_deadline ON job (deadline) WHERE state = 'queued' AND deadline IS NOT NULL;
                CREATE INDEX job_running ON job (id) WHERE state = 'running';
                CREATE INDEX job_final ON job (finished, sequence, resultBytes) WHERE finished IS NOT NULL;
                CREATE TABLE image (
                    sequence INTEGER PRIMARY KEY REFERENCES job (sequence) ON DELETE CASCADE,
                    bytes BLOB NOT NULL
                );
                CREATE TABLE result (
                    sequence INTEGER PRIMARY KEY REFERENCES job (sequence) ON DELETE CASCADE,
                    mediaType TEXT NOT NULL,
                    width INTEGER NOT NULL,
                    height INTEGER NOT NULL,
                    timings TEXT NOT NULL,
                    bytes BLOB NOT NULL
                );
                CREATE TABLE line (servedTurn INTEGER NOT NULL);
                INSERT INTO line VALUES (0);
                """)
    }
}
