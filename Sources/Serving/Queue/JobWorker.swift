import JobQueue
import Logging
import ServiceLifecycle
import Synchronization

/// Claims jobs from the store, one after another, and runs them through the scheduler.
struct JobWorker {
    let service: JobService
    let name: String
    /// How long one call waits for a job.
    private static let claimTimeout = Duration.seconds(2)
    /// Between attempts while the store is unavailable.
    private static let retryInterval = Duration.milliseconds(500)
    /// Attempts to store a result while the store is unavailable. After that the lease expires and the job runs again.
    private static let finishAttempts = 40

    /// Runs until a graceful shutdown; a claimed job is finished first.
    func run() async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            guard service.isTakingJobs, service.handler.isReady else {
                await pause()
                continue
            }
            do throws(JobStoreError) {
                let claim = try await nextClaim()
                if let claim { await work(on: claim) }
            } catch {
                service.logStoreProblem(error)
                await pause()
            }
        }
    }

    private func nextClaim() async throws(JobStoreError) -> JobClaim? {
        let outcome: Result<JobClaim?, JobStoreError> = await cancelWhenGracefulShutdown {
            do throws(JobStoreError) {
                return .success(try await service.store.claim(by: name, waitingUpTo: Self.claimTimeout))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private func pause() async {
        await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.retryInterval) }
    }

    private func work(on claim: JobClaim) async {
        service.statusBroadcaster.notify()
        let progress = LatestProgress()
        let attempt = Task { () -> Result<SchedulerOutcome, JobError> in
            do throws(JobError) {
                return .success(try await picture(claim) { progress.set($0) })
            } catch {
                return .failure(error)
            }
        }
        let renewal = Task { await renewLease(of: claim, attempt, progress) }
        // A graceful shutdown lets the job end; a cancellation does not wait for it.
        let outcome = await withTaskCancellationHandler {
            await attempt.value
        } onCancel: {
            attempt.cancel()
        }
        renewal.cancel()
        await renewal.value
        await end(claim, outcome)
        service.statusBroadcaster.notify()
    }

    private func picture(
        _ claim: JobClaim, progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> SchedulerOutcome {
        let request = claim.submission.request
        let job = try await service.handler.prepare(request)
        let options = SchedulingOptions(client: claim.submission.client, jobClass: .queued)
        let scheduler = service.scheduler
        return try await service.cachedOutcome(of: request, .use, shared: false) { () throws(JobError) in
            try await scheduler.run(job, options: options, progress: progress)
        }.outcome
    }

    /// Renews the lease at an interval, and stops the job when the lease is lost.
    private func renewLease(
        of claim: JobClaim, _ attempt: Task<Result<SchedulerOutcome, JobError>, Never>, _ progress: LatestProgress
    ) async {
        let id = claim.submission.id
        while !Task.isCancelled {
            try? await Task.sleep(for: service.policy.leaseRenewalInterval)
            if Task.isCancelled { return }
            let lost = try? await service.store.renewLease([id: progress.value], by: name)
            if lost?.contains(id) == true { return attempt.cancel() }
        }
    }

    private func end(_ claim: JobClaim, _ outcome: Result<SchedulerOutcome, JobError>) async {
        switch outcome {
        case .success(.finished(let result)):
            service.record(result)
            await finish(claim, .success(result))
        case .success(.maximumWaitExceeded): await release(claim)
        case .failure(let error):
            switch error.kind {
            // The scheduler rejects jobs while the service drains: the job is for another process, or for later.
            case .draining: await release(claim)
            case .cancelled where Task.isCancelled: await release(claim)
            // Its client has cancelled it, or another worker has it: there is nothing to store.
            case .cancelled: break
            default: await finish(claim, .failure(error))
            }
        }
    }

    private func finish(_ claim: JobClaim, _ outcome: Result<JobResult, JobError>) async {
        for _ in 0..<Self.finishAttempts {
            do throws(JobStoreError) {
                let isOurs = try await service.store.finish(claim, with: outcome)
                if isOurs { service.metrics.jobFinished(state: outcome.isSuccess ? .done : .failed) }
                return
            } catch {
                service.logStoreProblem(error)
                try? await Task.sleep(for: Self.retryInterval)
            }
        }
        service.logger.error(
            "the result of a job could not be stored; the job will run again", metadata: ["job": "\(claim.submission.id)"])
    }

    private func release(_ claim: JobClaim) async {
        do throws(JobStoreError) {
            try await service.store.release(claim)
        } catch {
            // The store reclaims the job when the lease expires.
            service.logger.warning("\(error.description)", metadata: ["job": "\(claim.submission.id)"])
        }
        await pause()
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}

/// The progress of the running job: set by the engine's threads, read when the lease is renewed.
private final class LatestProgress: Sendable {
    private let progress = Mutex<JobProgress?>(nil)

    var value: JobProgress? { progress.withLock { $0 } }

    func set(_ new: JobProgress) { progress.withLock { $0 = new } }
}
