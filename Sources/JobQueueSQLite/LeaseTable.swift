import JobQueue
import Synchronization

/// The leases of this process's workers, with the progress that they report. It lives in memory only: no claim outlives the
/// process, so a renewal needs no write to the disk (and works when that is full).
final class LeaseTable: Sendable {
    private struct Lease {
        /// Seconds of uptime.
        var renewed: Double
        var progress: JobProgress?
    }

    private let leases = Mutex<[String: Lease]>([:])

    /// Begins the lease of a new claim.
    func begin(_ id: String, at uptime: Double) {
        leases.withLock { $0[id] = Lease(renewed: uptime) }
    }

    /// Renews a lease; a nil progress leaves the last one in place.
    func renew(_ id: String, progress: JobProgress?, at uptime: Double) {
        leases.withLock { leases in
            leases[id] = Lease(renewed: uptime, progress: progress ?? leases[id]?.progress)
        }
    }

    /// Ends a lease.
    func end(_ id: String) {
        leases.withLock { $0[id] = nil }
    }

    /// The last reported progress of a job.
    func progress(of id: String) -> JobProgress? {
        leases.withLock { $0[id]?.progress }
    }

    /// The running jobs whose lease of so many seconds has expired. Leases of other jobs are dropped; a running job without one (its
    /// claim was committed, yet reported an error) gets one now.
    func expired(among running: [String], after seconds: Double, at uptime: Double) -> [String] {
        leases.withLock { leases in
            leases = running.reduce(into: [:]) { $0[$1] = leases[$1] ?? Lease(renewed: uptime) }
            return running.filter { leases[$0].map { uptime - $0.renewed >= seconds } ?? false }
        }
    }
}
