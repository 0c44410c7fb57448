import JobQueue
import Logging
import ServiceLifecycle

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
                expired: swept.expired, reclaimed: swept.reclaimed, deadLettered: swept.deadLettered, removed: swept.removed)
            if swept.deadLettered > 0 {
                service.logger.error("jobs failed because they killed their workers", metadata: ["jobs": "\(swept.deadLettered)"])
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
