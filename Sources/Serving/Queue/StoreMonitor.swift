package import JobQueue
import Logging
import ServiceLifecycle
import Synchronization

/// Sees to it that the store does what time asks for, and that its trouble is known soon.
struct StoreSweeper {
    let service: JobService
    private static let pause = Duration.seconds(1)

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sweep()
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func sweep() async {
        do throws(JobStoreError) {
            let swept = try await service.store.sweep()
            service.metrics.jobsSwept(
                expired: swept.expired, reclaimed: swept.reclaimed, parked: swept.parked, removed: swept.removed)
            if swept.parked > 0 {
                service.logger.error("jobs failed because they killed their workers", metadata: ["jobs": "\(swept.parked)"])
            }
            if swept.reclaimed > 0 {
                service.logger.warning("jobs taken back from silent workers", metadata: ["jobs": "\(swept.reclaimed)"])
            }
            let load = try await service.store.load()
            service.storeHealth.note(workers: load.workers)
            service.storeLoad.set(load)
            let held = service.store is MemoryJobStore ? load.queuedBytes + load.resultBytes : 0
            service.scheduler.setMemoryElsewhere(held + service.cache.figures.bytes)
            if service.storeHealth.note(nil) { service.logger.info("the job store is available again") }
        } catch {
            if service.storeHealth.note(error.description) { service.logger.error("\(error.description)") }
        }
    }
}

/// What is wrong with the job store, if anything, and how many share it, as last heard.
final class StoreHealth: Sendable {
    private struct State {
        var problem: String?
        var workers = 1
    }

    private let state = Mutex(State())

    /// Why the store can't be used; nil when it can.
    var problem: String? { state.withLock { $0.problem } }

    /// Processes that share the store.
    var workers: Int { state.withLock { $0.workers } }

    /// The outcome of the last call. True when this is news.
    @discardableResult
    func note(_ problem: String?) -> Bool {
        state.withLock { state in
            defer { state.problem = problem }
            return (state.problem == nil) != (problem == nil)
        }
    }

    /// As the store's load has it.
    func note(workers: Int) {
        state.withLock { $0.workers = max(1, workers) }
    }
}

/// Remembers for a moment that the queue was full, so that a flood is sent away without looking at its pictures and without asking
/// the store each time.
///
/// The moment is shorter than a picture takes, so a place that becomes free is taken almost at once.
package final class FullQueue: Sendable {
    /// How long a full queue is taken for full.
    package static let memory = Duration.milliseconds(50)

    private struct Refused {
        var error: JobError
        /// Jobs of at least so many bytes had no room.
        var bytes: Int
        var until: ContinuousClock.Instant
    }

    private let last = Mutex<Refused?>(nil)

    /// Remembers nothing yet.
    package init() {}

    /// The store had no room for one more job (`bytes` 0), or for one of so many bytes.
    package func note(_ error: JobError, bytes: Int, at now: ContinuousClock.Instant = .now) {
        last.withLock { $0 = Refused(error: error, bytes: bytes, until: now + Self.memory) }
    }

    /// Why a job of so many bytes would have no room either; nil when the store has to be asked.
    package func refusal(bytes: Int, at now: ContinuousClock.Instant = .now) -> JobError? {
        last.withLock { last in
            guard let refused = last, refused.until > now, bytes >= refused.bytes else { return nil }
            return refused.error
        }
    }
}
