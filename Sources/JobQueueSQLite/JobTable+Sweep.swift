import GRDB
import JobQueue

extension JobTable {
    /// What time asks for.
    func sweep() throws -> JobStoreSweep {
        var report = JobStoreSweep()
        report.expired = try expire()
        let running: [String] = try rows("SELECT id FROM job WHERE state = 'running'").map { $0["id"] }
        for id in beats.silent(among: running, for: limits.claimSeconds, at: time.uptime) { try takeBack(id, into: &report) }
        report.removed = try removeOld() + removeSurplus() + removeHeavy()
        return report
    }

    /// Takes back the jobs of a process that has died: as there is one process at a time, all that run when the file is opened.
    func takeAllBack() throws -> JobStoreSweep {
        var report = JobStoreSweep()
        let running: [String] = try rows("SELECT id FROM job WHERE state = 'running'").map { $0["id"] }
        for id in running { try takeBack(id, into: &report) }
        return report
    }

    private func expire() throws -> Int {
        let late = try rows(
            "SELECT sequence, id FROM job WHERE state = 'queued' AND deadline IS NOT NULL AND deadline < ?", [now])
        for job in late { try end(job["sequence"], job["id"], as: .expired) }
        return late.count
    }

    private func takeBack(_ id: String, into report: inout JobStoreSweep) throws {
        guard let job = try row("SELECT sequence, attempts FROM job WHERE id = ?", [id]) else { return }
        let attempts: Int = job["attempts"]
        if attempts >= limits.attempts {
            try end(job["sequence"], id, as: .failed, because: .workerDied(times: attempts))
            report.parked += 1
        } else {
            try requeue(job["sequence"], id)
            report.reclaimed += 1
        }
    }

    private func removeOld() throws -> Int {
        try run("DELETE FROM job WHERE finished IS NOT NULL AND finished <= ?", [now - limits.resultSeconds])
        return db.changesCount
    }

    private func removeSurplus() throws -> Int {
        try run(
            """
            DELETE FROM job WHERE sequence IN (
                SELECT sequence FROM job WHERE finished IS NOT NULL ORDER BY finished DESC, sequence DESC LIMIT -1 OFFSET ?)
            """, [JobStoreLimits.finalJobs])
        return db.changesCount
    }

    private func removeHeavy() throws -> Int {
        var bytes = try load().resultBytes
        var removed = 0
        while bytes > limits.resultBytes {
            let oldest = try row(
                "SELECT sequence, resultBytes FROM job WHERE finished IS NOT NULL AND state = 'done' ORDER BY finished, sequence LIMIT 1"
            )
            guard let oldest else { break }
            try run("DELETE FROM job WHERE sequence = ?", [oldest["sequence"] as Int64])
            bytes -= oldest["resultBytes"]
            removed += 1
        }
        return removed
    }
}
