import JobQueue
import Logging
import ServiceLifecycle
import Synchronization

/// Takes jobs from the store, one after another, and runs them through the scheduler.
struct StoreWorker {
    let service: JobService
    let name: String
    /// How long one call waits for a job.
    private static let patience = Duration.seconds(2)
    /// Between tries while the store is away.
    private static let pause = Duration.milliseconds(500)
    /// Tries to hand in a finished picture while the store is away; after that the store will give the job to somebody again.
    private static let handInTries = 40

    /// Works until a graceful shutdown; a job in hand is finished first.
    func run() async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            guard service.isTakingJobs, service.handler.isReady else {
                await rest()
                continue
            }
            do throws(JobStoreError) {
                let claim = try await nextClaim()
                if let claim { await work(on: claim) }
            } catch {
                if service.storeHealth.note(error.description) { service.logger.error("\(error.description)") }
                await rest()
            }
        }
    }

    private func nextClaim() async throws(JobStoreError) -> JobClaim? {
        let outcome: Result<JobClaim?, JobStoreError> = await cancelWhenGracefulShutdown {
            do throws(JobStoreError) {
                return .success(try await service.store.claim(by: name, waitingUpTo: Self.patience))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private func rest() async {
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.pause) }
    }

    private func work(on claim: JobClaim) async {
        service.watch.nudge()
        let progress = LastProgress()
        let attempt = Task { () -> Result<SchedulerOutcome, JobError> in
            do throws(JobError) {
                return .success(try await picture(claim) { progress.set($0) })
            } catch {
                return .failure(error)
            }
        }
        let keeper = Task { await keepAlive(claim, attempt, progress) }
        // A graceful shutdown lets the job end; a cancellation doesn't wait for it.
        let outcome = await withTaskCancellationHandler {
            await attempt.value
        } onCancel: {
            attempt.cancel()
        }
        keeper.cancel()
        await keeper.value
        await end(claim, outcome)
        service.watch.nudge()
    }

    private func picture(
        _ claim: JobClaim, progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> SchedulerOutcome {
        let request = claim.submission.request
        let cost = try await service.handler.cost(of: request)
        let terms = JobTerms(client: claim.submission.client, line: .queued)
        let scheduler = service.scheduler
        return try await service.cachedOutcome(of: request, .use, shared: false) { () throws(JobError) in
            try await scheduler.run(request, cost: cost, terms: terms, progress: progress)
        }.outcome
    }

    /// Tells the store again and again that the job is in good hands, and stops it when the store says so.
    private func keepAlive(
        _ claim: JobClaim, _ attempt: Task<Result<SchedulerOutcome, JobError>, Never>, _ progress: LastProgress
    ) async {
        let id = claim.submission.id
        while !Task.isCancelled {
            try? await Task.sleep(for: service.policy.keepAlive)
            if Task.isCancelled { return }
            let lost = try? await service.store.keep([id: progress.value], by: name)
            if lost?.contains(id) == true { return attempt.cancel() }
        }
    }

    private func end(_ claim: JobClaim, _ outcome: Result<SchedulerOutcome, JobError>) async {
        switch outcome {
        case .success(.finished(let result)):
            service.note(result)
            await handIn(claim, .success(result))
        case .success(.notNow): await giveBack(claim)
        case .failure(let error):
            switch error.kind {
            // The scheduler takes nobody while the service drains: the job is for another process, or for later.
            case .draining: await giveBack(claim)
            case .cancelled where Task.isCancelled: await giveBack(claim)
            // Its client has stopped it, or another worker has it: there is nothing to hand in.
            case .cancelled: break
            default: await handIn(claim, .failure(error))
            }
        }
    }

    private func handIn(_ claim: JobClaim, _ outcome: Result<JobResult, JobError>) async {
        for _ in 0..<Self.handInTries {
            do throws(JobStoreError) {
                let isOurs = try await service.store.finish(claim, with: outcome)
                if isOurs { service.metrics.jobFinished(state: outcome.isSuccess ? .done : .failed) }
                return
            } catch {
                if service.storeHealth.note(error.description) { service.logger.error("\(error.description)") }
                try? await Task.sleep(for: Self.pause)
            }
        }
        service.logger.error(
            "a finished job could not be handed in; it will be run again", metadata: ["job": "\(claim.submission.id)"])
    }

    private func giveBack(_ claim: JobClaim) async {
        do throws(JobStoreError) {
            try await service.store.giveBack(claim)
        } catch {
            // Not given back, the store takes it back itself after the claim time.
            service.logger.warning("\(error.description)", metadata: ["job": "\(claim.submission.id)"])
        }
        await rest()
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}

/// How far the job in hand is: written by the engine's threads, read by whoever keeps the claim alive.
private final class LastProgress: Sendable {
    private let progress = Mutex<JobProgress?>(nil)

    var value: JobProgress? { progress.withLock { $0 } }

    func set(_ new: JobProgress) { progress.withLock { $0 = new } }
}
