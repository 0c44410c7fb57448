import Crypto
package import JobQueue
import Synchronization

/// Recent pictures by what they were made of: an LRU cache bounded in bytes. Concurrent requests for the same picture share one run.
package final class ResultCache: Sendable {
    /// Identifies a picture: a digest of the upload and of everything else that the result depends on.
    package struct Key: Hashable, Sendable {
        /// The digest. Equal requests, and only those, have equal digests.
        package var digest: [UInt8]

        /// Creates a key.
        package init(digest: [UInt8]) {
            self.digest = digest
        }
    }

    /// How often the cache helped, and what it holds.
    package struct Statistics: Sendable, Equatable {
        /// Requests answered without a run of their own: cached pictures and shared runs.
        package var hits = 0
        /// Requests that took a run.
        package var misses = 0
        /// Cached pictures.
        package var entries = 0
        /// Their bytes.
        package var bytes = 0
    }

    typealias Outcome = Result<SchedulerOutcome, JobError>

    private struct State {
        var pictures: LRUCache<Key, JobResult>
        var runs: [Key: SingleFlight] = [:]
        var statistics = Statistics()
    }

    /// Roughly what an entry takes in addition to its picture, in bytes.
    private static let entryOverhead = 256

    private let state: Mutex<State>

    /// Creates an empty cache for `limit` bytes of pictures; 0 turns caching and sharing off.
    package init(limit: Int) {
        state = Mutex(State(pictures: LRUCache(limit: limit)))
        isOn = limit > 0
    }

    /// Whether anything is cached.
    package let isOn: Bool

    /// How often the cache helped, and what it holds.
    package var statistics: Statistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.entries = state.pictures.count
            statistics.bytes = state.pictures.cost
            return statistics
        }
    }

    /// The picture for `key`: a cached one, that of a run in progress, or what `make` makes.
    ///
    /// `refresh` ignores cached pictures and runs in progress. A run that is not `shared` is not joined by later requests, because it may
    /// wait longer than they accept. `make` runs in a task of its own, which is cancelled when no request waits for it any more: a client
    /// that disconnects does not take the picture from others.
    /// - Throws: the errors of `make`, and `cancelled` when the caller's task is cancelled.
    package func picture(
        for key: Key, refresh: Bool, shared: Bool = true, make: @escaping @Sendable () async throws(JobError) -> SchedulerOutcome
    ) async throws(JobError) -> (outcome: SchedulerOutcome, cacheStatus: PictureResponse.CacheStatus) {
        enum Source {
            case cached(JobResult)
            case run(SingleFlight, isOurs: Bool)
        }
        let source: Source = state.withLock { state in
            if !refresh, let result = state.pictures.value(for: key) {
                state.statistics.hits += 1
                return .cached(result)
            }
            if !refresh, let run = state.runs[key], run.join() {
                state.statistics.hits += 1
                return .run(run, isOurs: false)
            }
            let run = SingleFlight()
            if !refresh, shared { state.runs[key] = run }
            state.statistics.misses += 1
            return .run(run, isOurs: true)
        }
        switch source {
        case .cached(let result):
            return (.finished(result.withoutTimings), .hit)
        case .run(let run, let isOurs):
            if isOurs { start(run, for: key, make) }
            let outcome = try await run.wait()
            if !isOurs, case .finished(let result) = outcome { return (.finished(result), .hit) }
            return (outcome, .miss)
        }
    }

    private func start(
        _ run: SingleFlight, for key: Key, _ make: @escaping @Sendable () async throws(JobError) -> SchedulerOutcome
    ) {
        let task = Task { [self] in
            let outcome: Outcome
            do throws(JobError) {
                outcome = .success(try await make())
            } catch {
                outcome = .failure(error)
            }
            state.withLock { state in
                if state.runs[key] === run { state.runs[key] = nil }
                if case .success(.finished(let result)) = outcome {
                    state.pictures.insert(result, for: key, cost: result.bytes.count + Self.entryOverhead)
                }
            }
            run.finish(outcome)
        }
        run.attach(task)
    }
}

extension JobResult {
    /// The same picture, without the times that another request's run took.
    fileprivate var withoutTimings: JobResult {
        var result = self
        result.timings = []
        return result
    }
}

extension ResultCache.Key {
    /// A digest of the upload and of every parameter that changes the picture. Nil when the style is unknown.
    init?(_ request: JobRequest, styles: [StyleDescription]) {
        let style = styles.first { style in request.style.map { $0 == style.name } ?? style.isDefault }
        guard let style else { return nil }
        var hash = SHA256()
        let parameters = [
            style.name, style.revision, request.size.map(String.init) ?? "", request.fit.rawValue, request.format.rawValue,
            request.quality.map(String.init) ?? "",
        ]
        // A separator that no parameter contains, so that no two lists of parameters have the same bytes.
        for parameter in parameters { hash.update(data: Array(parameter.utf8) + [0]) }
        request.image.withUnsafeBytes { hash.update(bufferPointer: $0) }
        self.init(digest: Array(hash.finalize()))
    }
}
