import JobQueue
import Supervision

/// The store that a worker's supervisor keeps, seen from the worker.
struct PooledJobStore: JobStore {
    private let client: LocalClient

    /// A store on the other side of the socket at `path`.
    init(path: String) { client = LocalClient(path: path, limit: PoolStore.limit) }

    func add(_ submission: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        switch try await ask(.add(SentSubmission(submission))) {
        case .added(let position): return .added(position: position)
        case .existing(let id): return .existing(try id.asJobID)
        default: throw Self.confused
        }
    }

    func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim? {
        let question = StoreQuestion.claim(worker: worker, timeout: timeout / .seconds(1))
        guard case .claim(let claim) = try await ask(question, within: timeout + Self.responseTimeout) else {
            throw Self.confused
        }
        return claim?.claim
    }

    func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        let pairs = Array(jobs)
        let question = StoreQuestion.renewLease(jobs: pairs.map(\.key.text), progress: pairs.map(\.value), worker: worker)
        guard case .kept(let ids) = try await ask(question) else { throw Self.confused }
        return Set(ids.compactMap { JobID($0) })
    }

    func finish(_ claim: JobClaim, with outcome: Result<JobResult, JobError>) async throws(JobStoreError) -> Bool {
        let sent = SentClaim(claim, withImage: false)
        let question: StoreQuestion =
            switch outcome {
            case .success(let result): .finish(sent, result: SentResult(result), failure: nil)
            case .failure(let error): .finish(sent, result: nil, failure: error)
            }
        guard case .flag(let isOurs) = try await ask(question) else { throw Self.confused }
        return isOurs
    }

    func release(_ claim: JobClaim) async throws(JobStoreError) {
        _ = try await ask(.release(SentClaim(claim, withImage: false)))
    }

    func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        guard case .status(let found) = try await ask(.cancel(id.text)) else { throw Self.confused }
        return found.first?.status
    }

    func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        guard case .status(let found) = try await ask(.status(ids.map(\.text))) else { throw Self.confused }
        let pairs = found.compactMap(\.status).map { ($0.id, $0) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    func result(of id: JobID) async throws(JobStoreError) -> JobResult? {
        guard case .result(let result) = try await ask(.result(id.text)) else { throw Self.confused }
        return result?.result
    }

    func load() async throws(JobStoreError) -> JobStoreLoad {
        guard case .load(let queued, let queuedBytes, let running, let resultBytes, let workers) = try await ask(.load) else {
            throw Self.confused
        }
        return JobStoreLoad(
            queued: queued, queuedBytes: queuedBytes, running: running, resultBytes: resultBytes, workers: workers)
    }

    func sweep() async throws(JobStoreError) -> JobStoreSweep {
        guard case .sweep(let expired, let reclaimed, let deadLettered, let removed) = try await ask(.sweep) else {
            throw Self.confused
        }
        return JobStoreSweep(expired: expired, reclaimed: reclaimed, deadLettered: deadLettered, removed: removed)
    }

    /// The store itself stays open: it is the pool's.
    func close() async { client.close() }

    private static let responseTimeout = Duration.seconds(10)
    private static let confused = JobStoreError.damaged("the supervisor answered something else than was asked.")

    private func ask(_ question: StoreQuestion, within: Duration = responseTimeout) async throws(JobStoreError) -> StoreAnswer {
        let answer: StoreAnswer
        do {
            let bytes = try await client.call(try StoreMessage.bytes(question), within: within)
            answer = try StoreMessage.read(bytes, as: StoreAnswer.self)
        } catch {
            throw .unavailable("\(error)")
        }
        if case .refused(let refusal) = answer { throw refusal.error }
        return answer
    }
}

extension String {
    fileprivate var asJobID: JobID {
        get throws(JobStoreError) {
            guard let id = JobID(self) else { throw .damaged("the supervisor named a job in a way that no job has.") }
            return id
        }
    }
}
