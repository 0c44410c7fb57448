import JobQueue

/// Answers workers' questions from a store.
struct JobQueueServer: Sendable {
    let store: any JobStore

    /// The answer to a question, as bytes.
    /// - Throws: what is wrong with the bytes.
    func answer(_ bytes: [UInt8]) async throws -> [UInt8] {
        let question = try StoreMessage.read(bytes, as: StoreQuestion.self)
        let answer: StoreAnswer
        do throws(JobStoreError) {
            answer = try await self.answer(question)
        } catch {
            answer = .refused(SentStoreError(error))
        }
        return try StoreMessage.bytes(answer)
    }

    private func answer(_ question: StoreQuestion) async throws(JobStoreError) -> StoreAnswer {
        switch question {
        case .add(let sent):
            switch try await store.add(try known(sent.submission)) {
            case .added(let position): return .added(position: position)
            case .existing(let id): return .existing(id.text)
            }
        case .claim(let worker, let timeout): return .claim(try await claim(worker, timeout))
        case .renewLease(let jobs, let progress, let worker):
            let pairs = zip(jobs, progress).compactMap { text, progress in JobID(text).map { ($0, progress) } }
            let lost = try await store.renewLease(Dictionary(pairs, uniquingKeysWith: { first, _ in first }), by: worker)
            return .kept(lost.map(\.text))
        case .finish(let claim, let result, let failure):
            let outcome: Result<JobResult, JobError> =
                if let result { .success(result.result) } else { .failure(failure ?? JobError(.internal, "The job failed.")) }
            return .flag(try await store.finish(try known(claim.claim), with: outcome))
        case .release(let claim):
            try await store.release(try known(claim.claim))
            return .done
        default: return try await look(question)
        }
    }

    private func look(_ question: StoreQuestion) async throws(JobStoreError) -> StoreAnswer {
        switch question {
        case .cancel(let id):
            let status = try await store.cancel(try known(JobID(id)))
            return .status(status.map { [SentStatus($0)] } ?? [])
        case .status(let ids):
            return .status(try await store.status(of: ids.compactMap { JobID($0) }).values.map { SentStatus($0) })
        case .result(let id): return .result(try await store.result(of: try known(JobID(id))).map { SentResult($0) })
        case .load:
            let load = try await store.load()
            return .load(
                queued: load.queued, queuedBytes: load.queuedBytes, running: load.running, resultBytes: load.resultBytes,
                workers: load.workers)
        default:
            let sweep = try await store.sweep()
            return .sweep(
                expired: sweep.expired, reclaimed: sweep.reclaimed, deadLettered: sweep.deadLettered, removed: sweep.removed)
        }
    }

    /// A worker that does not wait any more gets no job: nobody would do it before it counts as lost.
    private func claim(_ worker: String, _ timeout: Double) async throws(JobStoreError) -> SentClaim? {
        guard let claim = try await store.claim(by: worker, waitingUpTo: .seconds(min(60, max(0, timeout)))) else { return nil }
        if Task.isCancelled {
            try await store.release(claim)
            return nil
        }
        return SentClaim(claim)
    }

    private func known<Value>(_ value: Value?) throws(JobStoreError) -> Value {
        guard let value else { throw .damaged("a worker named a job in a way that no job has.") }
        return value
    }
}
