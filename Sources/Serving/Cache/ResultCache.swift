import Crypto
package import JobQueue
import Synchronization

/// Pictures made lately, by what they were made of: bounded in bytes, least recently used out. Requests for the same picture at
/// the same time share one run.
package final class ResultCache: Sendable {
    /// Digest of a picture's bytes and of everything else that its result depends on.
    package struct Key: Hashable, Sendable {
        /// The digest in any form, as long as equal requests and only those have equal ones.
        package var digest: [UInt8]

        /// Makes a key.
        package init(digest: [UInt8]) {
            self.digest = digest
        }
    }

    /// How often the cache helped, and what it holds.
    package struct Figures: Sendable, Equatable {
        /// Answers without a run of their own: kept pictures and shared runs.
        package var hits = 0
        /// Answers that took a run.
        package var misses = 0
        /// Pictures kept.
        package var entries = 0
        /// Their bytes.
        package var bytes = 0
    }

    typealias Outcome = Result<SchedulerOutcome, JobError>

    private struct State {
        var kept: RecentlyUsed
        var runs: [Key: SharedRun] = [:]
        var figures = Figures()
    }

    private let state: Mutex<State>

    /// An empty cache that keeps pictures of `limit` bytes in all; 0 keeps none, and shares none.
    package init(limit: Int) {
        state = Mutex(State(kept: RecentlyUsed(limit: limit)))
        isOn = limit > 0
    }

    /// Whether anything is kept at all.
    package let isOn: Bool

    /// How often it helped, and what it holds.
    package var figures: Figures {
        state.withLock { state in
            var figures = state.figures
            figures.entries = state.kept.count
            figures.bytes = state.kept.bytes
            return figures
        }
    }

    /// The picture for `key`: a kept one, that of a run under way, or what `make` makes. `refresh` takes no kept picture, and
    /// a run that is not `shared` is not joined by later requests, because it may be kept waiting for longer than they like.
    ///
    /// `make` runs in a task of its own, which is cancelled when nobody waits for it any more: a client that goes away does
    /// not take the picture from those who asked for the same. Errors: those of `make`, and `cancelled` when the caller's task is.
    package func picture(
        for key: Key, refresh: Bool, shared: Bool = true, make: @escaping @Sendable () async throws(JobError) -> SchedulerOutcome
    ) async throws(JobError) -> (outcome: SchedulerOutcome, use: PictureAnswer.CacheUse) {
        enum Source {
            case kept(JobResult)
            case run(SharedRun, isOurs: Bool)
        }
        let source: Source = state.withLock { state in
            if !refresh, let result = state.kept.use(key) {
                state.figures.hits += 1
                return .kept(result)
            }
            if !refresh, let run = state.runs[key], run.join() {
                state.figures.hits += 1
                return .run(run, isOurs: false)
            }
            let run = SharedRun()
            if !refresh, shared { state.runs[key] = run }
            state.figures.misses += 1
            return .run(run, isOurs: true)
        }
        switch source {
        case .kept(let result):
            return (.finished(result.fromCache), .hit)
        case .run(let run, let isOurs):
            if isOurs { start(run, for: key, make) }
            let outcome = try await run.wait()
            if !isOurs, case .finished(let result) = outcome { return (.finished(result), .hit) }
            return (outcome, .miss)
        }
    }

    private func start(
        _ run: SharedRun, for key: Key, _ make: @escaping @Sendable () async throws(JobError) -> SchedulerOutcome
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
                if case .success(.finished(let result)) = outcome { state.kept.insert(result, for: key) }
            }
            run.finish(outcome)
        }
        run.attach(task)
    }
}

extension JobResult {
    /// The same picture, without the times that another request took for it.
    fileprivate var fromCache: JobResult {
        var result = self
        result.timings = []
        return result
    }
}

extension ResultCache.Key {
    /// Digest of the upload and of every parameter that changes the picture. Nil when the style is not known.
    init?(_ request: JobRequest, styles: [StyleDescription]) {
        let style = styles.first { style in request.style.map { $0 == style.name } ?? style.isDefault }
        guard let style else { return nil }
        var hash = SHA256()
        let parameters = [
            style.name, style.revision, request.size.map(String.init) ?? "", request.fit.rawValue, request.format.rawValue,
            request.quality.map(String.init) ?? "",
        ]
        // A separator that no parameter contains, so that no two lists of parameters look alike.
        for parameter in parameters { hash.update(data: Array(parameter.utf8) + [0]) }
        request.image.withUnsafeBytes { hash.update(bufferPointer: $0) }
        self.init(digest: Array(hash.finalize()))
    }
}
