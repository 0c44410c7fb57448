package import JobQueue
import Synchronization

/// The service at one moment, for the console, the metrics and the readiness answer.
package struct ServiceSnapshot: Sendable {
    /// The scheduler's jobs.
    package var scheduler: SchedulerLoad
    /// The store's jobs, as of the last second.
    package var store: JobStoreLoad
    /// The cache.
    package var cache: ResultCache.Figures
    /// Why the store can't be used; nil when it can.
    package var storeProblem: String?
    /// Whether new work is taken.
    package var isTakingJobs: Bool
}

/// The store's load as of the last look.
final class LastStoreLoad: Sendable {
    private let load = Mutex(JobStoreLoad())

    var value: JobStoreLoad { load.withLock { $0 } }

    func set(_ new: JobStoreLoad) { load.withLock { $0 = new } }
}

extension JobService {
    /// The service at this moment.
    package var snapshot: ServiceSnapshot {
        ServiceSnapshot(
            scheduler: scheduler.load, store: storeLoad.value, cache: cache.figures, storeProblem: storeHealth.problem,
            isTakingJobs: isTakingJobs)
    }

    /// Whether new work is taken and the store's jobs are worked on.
    package var isTakingJobs: Bool { taking.value }

    /// Takes no new work; what runs and waits on a connection is finished, and the store's jobs are left to others or for later.
    package func drain() {
        taking.set(false)
        scheduler.beginDraining()
    }

    /// Takes work again after `drain`.
    package func resume() {
        scheduler.resume()
        taking.set(true)
    }
}

/// A switch.
final class TakingJobs: Sendable {
    private let state = Mutex(true)

    var value: Bool { state.withLock { $0 } }

    func set(_ new: Bool) { state.withLock { $0 = new } }
}
