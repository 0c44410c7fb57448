package import JobQueue
package import Logging
import ServiceLifecycle
import Synchronization

/// The one way to a picture, whatever dialect a client speaks: cache, admission, scheduler, job store.
///
/// A direct request is answered with its picture when that is possible within the policy's time, and becomes a job in the store
/// otherwise. Jobs of the store are run by this process's workers (`run()`), as the scheduler lets them.
package final class JobService: Service {
    /// Does the work.
    package let handler: any JobHandler
    /// Says which work runs when.
    package let scheduler: Scheduler
    /// Keeps the jobs of the queue.
    package let store: any JobStore
    /// Keeps pictures made lately.
    package let cache: ResultCache
    /// What happens to work that can't be done at once.
    package let policy: ServicePolicy
    /// What is counted and measured.
    package let metrics: ServiceMetrics
    /// The pictures made in the last minutes, whoever asked and in whatever dialect, with the seconds that each took.
    package let picturesMade = RecentLatency()
    let logger: Logger
    let watch: JobWatch
    let storeHealth = StoreHealth()
    let storeLoad = LastStoreLoad()
    let fullQueue = FullQueue()
    let taking = TakingJobs()

    /// Puts the parts together; nothing runs before `run()` but direct requests.
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
        watch = JobWatch()
    }

    /// The styles on offer.
    package var styles: [StyleDescription] { handler.styles }

    /// Runs the store's jobs until a graceful shutdown; then the running ones are finished and the rest is left in the store.
    package func run() async throws {
        await withTaskGroup { group in
            for number in 0..<policy.workers {
                group.addTask { await StoreWorker(service: self, name: "\(self.policy.workerName)-\(number)").run() }
            }
            group.addTask { await StoreSweeper(service: self).run() }
            group.addTask { await self.watch.run(self) }
            await group.waitForAll()
        }
    }
}

extension JobService {
    /// A direct request: the picture, or its place in the queue.
    /// Errors: the handler's own; `overloaded` when there is no room; `expired` when the caller's time does not suffice.
    package func picture(_ request: JobRequest, for caller: Caller) async throws(JobError) -> PictureAnswer {
        let terms = JobTerms(
            client: caller.client, line: .direct, maximumWait: directSeconds,
            deadline: caller.timeout.map { caller.arrival + $0 })
        let (outcome, use) = try await cachedOutcome(of: request, caller.cachePolicy) { [self] () throws(JobError) in
            try refuseTheHopeless(request, for: caller)
            let cost = try await handler.cost(of: request)
            return try await scheduler.run(request, cost: cost, terms: terms)
        }
        switch outcome {
        case .finished(let result):
            metrics.cache(use)
            note(result)
            return .picture(result, use)
        case .notNow(let seconds): return .queued(try await later(request, for: caller, predicted: seconds))
        }
    }

    /// The part of the policy's time that the scheduler gets. Runs are now and then slower than predicted (it bears a tenth more), and
    /// receiving and sending take their time too: with all of it, one answer in three came a little late under full load.
    private static let aim = 0.9

    /// Seconds within which direct requests are to be done.
    private var directSeconds: Double { policy.maximumWait * Self.aim / .seconds(1) }

    /// Sends those away whose picture need not even be looked at: the smallest one would take too long, and the queue is full. Under a
    /// flood these are nearly all, and what each of them costs is taken from the pictures of the others.
    private func refuseTheHopeless(_ request: JobRequest, for caller: Caller) throws(JobError) {
        let queueRefusal = canBecomeJob(caller) ? fullQueue.refusal(bytes: request.image.count) : nil
        if canBecomeJob(caller), queueRefusal == nil { return }
        let seconds = scheduler.predictedSeconds(for: .smallest, client: caller.client)
        guard seconds > directSeconds else { return }
        throw queueRefusal ?? tooSlow(seconds)
    }

    /// A picture is there: its stages are measured, and it counts unless the cache had it.
    func note(_ result: JobResult) {
        metrics.stages(result.timings)
        guard !result.timings.isEmpty else { return }
        picturesMade.record(seconds: result.timings.reduce(0) { $0 + $1.seconds }, isError: false)
    }

    private func canBecomeJob(_ caller: Caller) -> Bool { caller.canBeQueued && policy.overload == .queue }

    /// A job for the queue, whatever the load.
    /// Errors: those of a direct request that can be known beforehand; `conflict` for an idempotency key used for something else.
    package func submit(
        _ request: JobRequest, for caller: Caller, idempotency: JobSubmission.IdempotencyKey? = nil
    ) async throws(JobError) -> JobReport {
        // What was sent before is answered as it was then, however full the queue is now.
        if idempotency == nil, let refusal = fullQueue.refusal(bytes: request.image.count) { throw refusal }
        _ = try await handler.cost(of: request)
        return try await enqueue(request, for: caller, idempotency: idempotency)
    }

    /// What the cache has, or what `make` makes, as the policy says.
    func cachedOutcome(
        of request: JobRequest, _ cachePolicy: Caller.CachePolicy, shared: Bool = true,
        make: @escaping @Sendable () async throws(JobError) -> SchedulerOutcome
    ) async throws(JobError) -> (outcome: SchedulerOutcome, use: PictureAnswer.CacheUse) {
        guard cache.isOn, cachePolicy != .bypass, let key = ResultCache.Key(request, styles: styles) else {
            return (try await make(), .bypass)
        }
        return try await cache.picture(for: key, refresh: cachePolicy == .refresh, shared: shared, make: make)
    }

    /// The request would take longer than clients are kept waiting.
    private func later(_ request: JobRequest, for caller: Caller, predicted seconds: Double) async throws(JobError) -> JobReport {
        guard canBecomeJob(caller) else { throw tooSlow(seconds) }
        return try await enqueue(request, for: caller, idempotency: nil)
    }

    private func tooSlow(_ seconds: Double) -> JobError {
        let wait = max(1, Int((seconds - policy.maximumWait / .seconds(1)).rounded(.up)))
        return JobError(
            .tooSlow,
            "The service is busy: this picture would take \(Int(seconds.rounded(.up))) seconds. Please try again in \(wait) seconds.",
            retryAfter: wait)
    }
}

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

/// What the service does with work that it can't do at once.
package struct ServicePolicy: Sendable {
    /// What happens to a direct request that would take longer than `maximumWait`.
    package enum Overload: String, Sendable, CaseIterable {
        /// It becomes a job in the queue, and the client is told its place.
        case queue
        /// It is refused, and the client is told when to come again.
        case reject
    }

    /// Longest time that a direct request is kept waiting, its own run included.
    package var maximumWait: Duration = .seconds(3)
    /// What happens beyond that.
    package var overload: Overload = .queue
    /// Jobs of the store that this process works on at once.
    package var workers: Int = 1
    /// Names this process among those that share a store.
    package var workerName: String
    /// A claim is kept alive this often; well below the store's claim time.
    package var keepAlive: Duration = .milliseconds(500)

    /// The defaults of `sakuga serve` for a process called `workerName`.
    package init(workerName: String) {
        self.workerName = workerName
    }
}
