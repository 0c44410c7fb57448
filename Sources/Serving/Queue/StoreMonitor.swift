package import JobQueue
import Logging
import ServiceLifecycle
import Synchronization

/// Sweeps the store once a second (expired jobs and leases, old results), and reads its load.
struct StoreMonitor {
    let service: JobService
    private static let interval = Duration.seconds(1)

    /// Runs until a graceful shutdown.
    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sweep()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func sweep() async {
        do throws(JobStoreError) {
            let swept = try await service.store.sweep()
            service.metrics.jobsSwept(
                expired: swept.expired, reclaimed: swept.reclaimed, deadLettered: swept.deadLettered, removed: swept.removed)
            if swept.deadLettered > 0 {
                service.logger.error("jobs failed because they killed their workers", metadata: ["jobs": "\(swept.deadLettered)"])
            }
            if swept.reclaimed > 0 {
                service.logger.warning(
                    "jobs reclaimed from workers that stopped responding", metadata: ["jobs": "\(swept.reclaimed)"])
            }
            let load = try await service.store.load()
            service.storeHealth.record(load: load)
            let heldBytes = service.store is MemoryJobStore ? load.queuedBytes + load.resultBytes : 0
            service.scheduler.setExternalMemory(heldBytes + service.cache.statistics.bytes)
            if service.storeHealth.record(problem: nil) { service.logger.info("the job store is available again") }
        } catch {
            service.logStoreProblem(error)
        }
    }
}

/// Whether the job store works, and its load as last read.
final class StoreHealth: Sendable {
    private struct State {
        var problem: String?
        var load = JobStoreLoad()
    }

    private let state = Mutex(State())

    /// Why the store cannot be used; nil when it can.
    var problem: String? { state.withLock { $0.problem } }

    /// The load as last read.
    var load: JobStoreLoad { state.withLock { $0.load } }

    /// The number of processes that share the store; 1 until it has been read.
    var workers: Int { max(1, load.workers) }

    /// Records how the last call ended. True when the store has just failed or recovered.
    @discardableResult
    func record(problem: String?) -> Bool {
        state.withLock { state in
            defer { state.problem = problem }
            return (state.problem == nil) != (problem == nil)
        }
    }

    /// Records the store's load.
    func record(load: JobStoreLoad) {
        state.withLock { $0.load = load }
    }
}

/// A negative cache: remembers for a moment that the queue was full, so that during a flood requests are rejected without preparing their
/// pictures and without asking the store.
///
/// The moment is shorter than a picture takes, so a place that becomes free is used almost at once.
package final class QueueFullCache: Sendable {
    /// How long a rejection is remembered.
    package static let lifetime = Duration.milliseconds(50)

    private struct Entry {
        var error: JobError
        /// Jobs of at least this many bytes had no room.
        var bytes: Int
        var expiry: ContinuousClock.Instant
    }

    private let entry = Mutex<Entry?>(nil)

    /// Creates an empty cache.
    package init() {}

    /// Records that the store had no room for one more job (`bytes` 0), or for a job of `bytes` bytes.
    package func record(_ error: JobError, bytes: Int, at now: ContinuousClock.Instant = .now) {
        entry.withLock { $0 = Entry(error: error, bytes: bytes, expiry: now + Self.lifetime) }
    }

    /// Why a job of `bytes` bytes would have no room either; nil when the store has to be asked.
    package func rejection(bytes: Int, at now: ContinuousClock.Instant = .now) -> JobError? {
        entry.withLock { entry in
            guard let entry, entry.expiry > now, bytes >= entry.bytes else { return nil }
            return entry.error
        }
    }
}
