package import JobQueue
package import Logging
import ServiceLifecycle
import Synchronization

/// What the service does with work that it cannot do at once.
package struct ServicePolicy: Sendable {
    /// What happens to a direct request that would take longer than `maximumWait`.
    package enum Overload: String, Sendable, CaseIterable {
        /// It becomes a job in the queue, and the client is told its position.
        case queue
        /// It is rejected, and the client is told when to try again.
        case reject
    }

    /// The longest time that a direct request waits, its own run included.
    package var maximumWait: Duration = .seconds(3)
    /// What happens beyond that.
    package var overload: Overload = .queue
    /// Jobs of the store that this process works on at once.
    package var workers: Int = 1
    /// Identifies this process among those that share a store.
    package var workerName: String
    /// How often a worker renews the lease of its job; well below the store's lease time.
    package var leaseRenewalInterval: Duration = .milliseconds(500)

    /// The defaults of `sakuga serve` for a process called `workerName`.
    package init(workerName: String) {
        self.workerName = workerName
    }
}

/// The one way to a picture for every protocol: result cache, admission, scheduler, job store.
///
/// A direct request is answered with its picture when that is possible within the policy's time, and otherwise becomes a job in the
/// store. This process's workers (`run()`) run the store's jobs as the scheduler admits them.
package final class JobService: Service {
    /// Does the work.
    package let handler: any JobHandler
    /// Decides which job runs when.
    package let scheduler: Scheduler
    /// Keeps the queued jobs.
    package let store: any JobStore
    /// Keeps recent pictures.
    package let cache: ResultCache
    /// What happens to work that cannot be done at once.
    package let policy: ServicePolicy
    /// The service's metrics.
    package let metrics: ServiceMetrics
    /// The pictures made in the last minutes for all clients and protocols, with the seconds that each took.
    package let picturesMade = RecentLatency()
    let logger: Logger
    let statusBroadcaster = JobStatusBroadcaster()
    let storeHealth = StoreHealth()
    let queueFullCache = QueueFullCache()
    private let acceptsJobs = Mutex(true)

    /// Puts the parts together. Until `run()` is called, only direct requests run.
    package init(
        handler: any JobHandler, scheduler: Scheduler, store: any JobStore, cache: ResultCache, policy: ServicePolicy,
        metrics: ServiceMetrics, logger: Logger
    ) {
        self.handler = handler
        self.scheduler = scheduler
        self.store = store
        self.cache = cache
        self.policy = policy
        self.metrics = metrics
        self.logger = logger
    }

    /// The styles on offer.
    package var styles: [StyleDescription] { handler.styles }

    /// Runs the store's jobs until a graceful shutdown; then the running ones finish and the others stay in the store.
    package func run() async throws {
        await withTaskGroup { group in
            for number in 0..<policy.workers {
                group.addTask { await JobWorker(service: self, name: "\(self.policy.workerName)-\(number)").run() }
            }
            group.addTask { await StoreMonitor(service: self).run() }
            group.addTask { await self.statusBroadcaster.run(self) }
            await group.waitForAll()
        }
    }

    // MARK: Direct requests

    /// Answers a direct request with the picture, or with its position in the queue.
    /// - Throws: the handler's errors; `overloaded` when there is no room; `expired` when the client's timeout is too short.
    package func picture(_ request: JobRequest, for context: ClientContext) async throws(JobError) -> PictureResponse {
        let options = SchedulingOptions(
            client: context.client, jobClass: .direct, maximumWait: directSeconds,
            deadline: context.timeout.map { context.arrival + $0 })
        let (outcome, cacheStatus) = try await cachedOutcome(of: request, context.cachePolicy) { [self] () throws(JobError) in
            try rejectIfHopeless(request, for: context)
            return try await scheduler.run(try await handler.prepare(request), options: options)
        }
        switch outcome {
        case .finished(let result):
            metrics.cache(cacheStatus)
            record(result)
            return .picture(result, cacheStatus)
        case .maximumWaitExceeded(let seconds):
            guard canBeQueued(context) else { throw tooSlow(seconds) }
            return .queued(try await enqueue(request, for: context, idempotency: nil))
        }
    }

    /// Looks the request up in the cache as the client's policy says, and runs `make` on a miss.
    func cachedOutcome(
        of request: JobRequest, _ cachePolicy: ClientContext.CachePolicy, shared: Bool = true,
        make: @escaping @Sendable () async throws(JobError) -> SchedulerOutcome
    ) async throws(JobError) -> (outcome: SchedulerOutcome, cacheStatus: PictureResponse.CacheStatus) {
        guard cache.isOn, cachePolicy != .bypass, let key = ResultCache.Key(request, styles: styles) else {
            return (try await make(), .bypass)
        }
        return try await cache.picture(for: key, refresh: cachePolicy == .refresh, shared: shared, make: make)
    }

    /// Records the stages of a result, and counts the picture unless it came from the cache.
    func record(_ result: JobResult) {
        metrics.stages(result.timings)
        guard !result.timings.isEmpty else { return }
        picturesMade.record(seconds: result.timings.reduce(0) { $0 + $1.seconds }, isError: false)
    }

    /// The fraction of the policy's time that the scheduler gets. Some runs are slower than predicted (the scheduler tolerates a
    /// tenth), and receiving and sending take time too: with all of it, a third of the answers would be a little late under full load.
    private static let schedulerFraction = 0.9

    /// Seconds within which direct requests are to be done.
    private var directSeconds: Double { policy.maximumWait * Self.schedulerFraction / .seconds(1) }

    /// Rejects a request without looking at its picture when even the smallest picture would take too long and the queue is full.
    /// During a flood these are nearly all requests, and preparing them would take time from the running jobs.
    private func rejectIfHopeless(_ request: JobRequest, for context: ClientContext) throws(JobError) {
        let queueRejection = canBeQueued(context) ? queueFullCache.rejection(bytes: request.image.count) : nil
        if canBeQueued(context), queueRejection == nil { return }
        let seconds = scheduler.predictedSeconds(for: .smallest, client: context.client)
        guard seconds > directSeconds else { return }
        throw queueRejection ?? tooSlow(seconds)
    }

    private func canBeQueued(_ context: ClientContext) -> Bool { context.canBeQueued && policy.overload == .queue }

    private func tooSlow(_ seconds: Double) -> JobError {
        let wait = max(1, Int((seconds - policy.maximumWait / .seconds(1)).rounded(.up)))
        return JobError(
            .tooSlow,
            "The service is busy: this picture would take \(Int(seconds.rounded(.up))) seconds. Please try again in \(wait) seconds.",
            retryAfter: wait)
    }

    // MARK: Draining

    /// Whether new work is accepted and the store's jobs are run.
    package var isTakingJobs: Bool { acceptsJobs.withLock { $0 } }

    /// Accepts no new work. Running and waiting direct requests finish; the store's jobs are left for other processes or for later.
    package func drain() {
        acceptsJobs.withLock { $0 = false }
        scheduler.beginDraining()
    }

    /// Accepts work again after `drain`.
    package func resume() {
        scheduler.resume()
        acceptsJobs.withLock { $0 = true }
    }

    /// The service now.
    package var snapshot: ServiceSnapshot {
        ServiceSnapshot(
            scheduler: scheduler.load, store: storeHealth.load, cache: cache.statistics, storeProblem: storeHealth.problem,
            isTakingJobs: isTakingJobs)
    }
}

/// The service at one moment, for the console, the metrics and the readiness check.
package struct ServiceSnapshot: Sendable {
    /// The scheduler's jobs.
    package var scheduler: SchedulerLoad
    /// The store's jobs, at most about a second old.
    package var store: JobStoreLoad
    /// The cache.
    package var cache: ResultCache.Statistics
    /// Why the store cannot be used; nil when it can.
    package var storeProblem: String?
    /// Whether new work is accepted.
    package var isTakingJobs: Bool
}
