import BlockingThreads
import CKernels
import Synchronization

/// The engine's own threads. Compute never runs on Swift's cooperative pool, which must not block.
///
/// Every thread leads at most one job at a time; a thread without a job of its own joins the parallel sections of those that run. So a
/// lone job gets every core (lowest latency), many jobs get one core each (highest throughput), and the change
/// between the two needs no decision in advance. Idle threads sleep.
///
/// An urgent job has every thread: those that lead others lay them aside at their next ``ComputeTeam/checkpoint()`` until it is over. It
/// never waits for one that is not urgent beyond such a point.
public final class ComputePool: Sendable {
    /// How many threads the pool has.
    public let threadCount: Int
    private let state: PoolState

    /// Bytes of working memory that are kept between runs unless told otherwise: two pictures of 512×512.
    public static let usualWorkspaceBytes = 176_000_000

    /// Starts the pool's threads, which end when the pool is no longer referenced.
    /// - Parameters:
    ///   - threads: how many threads, at least one; nil: as many as this process may use at once, a container's CPU quota counted.
    ///   - workspaceBytes: working memory is kept between runs as long as it takes no more than this many bytes together with that of
    ///     the runs under way. A run takes what it needs in any case.
    public init(threads: Int? = nil, workspaceBytes: Int = ComputePool.usualWorkspaceBytes) {
        threadCount = max(1, threads ?? ProcessorCount.available)
        let state = PoolState(workspaces: WorkspaceStore(limit: workspaceBytes))
        self.state = state
        for _ in 0..<threadCount {
            NamedThread.start("compute") {
                _ = sk_ask_for_time_slice(timeSlice)  // where the system refuses, everything works the same
                state.work()
            }
        }
    }

    deinit { state.stop() }

    /// Runs `body` on one of the pool's threads, in the order of calls; its team may use up to `threads` threads (default: all).
    ///
    /// An urgent job comes before all that are not, those that run included; nothing else is done until it is over. So
    /// whoever calls such a job urgent sees to it that they are few.
    ///
    /// The queue is not bounded: bound the number of calls where clients decide it.
    /// - Throws: what `body` throws; `CancellationError` when the calling task is cancelled before the job starts. Once it
    ///   runs, `body` learns of cancellation by ``ComputeTeam/checkpoint()``.
    package func run<R: Sendable>(
        threads: Int? = nil, isUrgent: Bool = false, _ body: @escaping @Sendable (ComputeTeam) throws -> R
    ) async throws -> R {
        let job = PoolJob(threads: min(threads ?? threadCount, threadCount), isUrgent: isUrgent)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<R, any Error>) in
                job.prepare { team in
                    guard let team else { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Result { try body(team) })
                }
                state.submit(job)
            }
        } onCancel: {
            state.cancel(job)
        }
    }
}

/// As long as a layer or two of a common picture, in nanoseconds. Where more processes compute than there are cores, four
/// workers on two cores made 3 to 4% more pictures than with the system's own 1.4 milliseconds (docs/engine.md).
private let timeSlice: Int64 = 40_000_000

/// One submitted job. Its parts are guarded by the pool's lock until it runs, then by its leader.
final class PoolJob: Sendable {
    let threads: Int
    let isUrgent: Bool
    let cancelled = Atomic(false)
    private let work = Monitor<(@Sendable (ComputeTeam?) -> Void)?>(nil)

    init(threads: Int, isUrgent: Bool) {
        self.threads = threads
        self.isUrgent = isUrgent
    }

    func prepare(_ work: @escaping @Sendable (ComputeTeam?) -> Void) { self.work.withLock { $0 = work } }

    /// Runs the work with a team, or ends it as cancelled with none. Only the first call does anything.
    func finish(_ team: ComputeTeam?) {
        let work = self.work.withLock { stored in
            defer { stored = nil }
            return stored
        }
        work?(team)
    }
}

/// What the pool's threads share.
final class PoolState: Sendable {
    struct Contents {
        /// Urgent ones first.
        var waiting: [PoolJob] = []
        var urgentRunning = 0
        var open: [ParallelSection] = []
        var stopped = false
    }
    private enum Task {
        case lead(PoolJob)
        case join(ParallelSection)
        /// The thread ends, or goes on with its own job.
        case leave
    }

    let workspaces: WorkspaceStore
    private let contents = Monitor(Contents())
    /// Moves whenever there may be something new to do; what a briefly spinning thread watches.
    private let changes = Atomic(0)
    /// A parallel section ends and the next begins within microseconds; sleeping and waking costs more. Some tens of microseconds, then sleep.
    private static let spins = 4000

    init(workspaces: WorkspaceStore) {
        self.workspaces = workspaces
    }

    func submit(_ job: PoolJob) {
        contents.withLock { contents in
            let place = job.isUrgent ? contents.waiting.prefix(while: \.isUrgent).count : contents.waiting.count
            contents.waiting.insert(job, at: place)
        }
        announce()
        // Cancelled between the caller's check and this line: `cancel` found nothing to remove.
        if job.cancelled.load(ordering: .acquiring) { cancel(job) }
    }

    func cancel(_ job: PoolJob) {
        job.cancelled.store(true, ordering: .releasing)
        let removed = contents.withLock { contents in
            guard let index = contents.waiting.firstIndex(where: { $0 === job }) else { return false }
            contents.waiting.remove(at: index)
            return true
        }
        if removed { job.finish(nil) }
    }

    func stop() {
        contents.withLock { $0.stopped = true }
        announce()
    }

    /// A pool thread's life.
    func work() {
        let scratch = ThreadScratch()
        work(scratch, Self.takeAny)
    }

    /// Does what urgent jobs need, and returns when there is none: the calling thread leads one that waits, else helps those that run.
    /// `scratch` is the thread's own, and nobody uses it at the moment.
    func giveWay(_ scratch: ThreadScratch) {
        work(scratch, Self.takeUrgent)
    }

    private func work(_ scratch: ThreadScratch, _ take: (inout Contents) -> Task?) {
        while true {
            switch next(take) {
            case .lead(let job): lead(job, scratch)
            case .join(let section): help(section, scratch)
            case .leave: return
            }
        }
    }

    private func lead(_ job: PoolJob, _ scratch: ThreadScratch) {
        job.finish(ComputeTeam(pool: self, job: job, scratch: scratch))
        guard job.isUrgent else { return }
        contents.withLock { $0.urgentRunning -= 1 }
        announce()
    }

    /// Opens `section` to idle threads.
    func open(_ section: ParallelSection) {
        contents.withLock { $0.open.append(section) }
        announce()
    }

    /// Closes `section` to newcomers and waits for those who joined.
    func close(_ section: ParallelSection) {
        contents.withLock { contents in contents.open.removeAll { $0 === section } }
        for _ in 0..<Self.spins {
            if section.helpers.load(ordering: .acquiring) == 0 { return }
            sk_spin_hint()
        }
        _ = contents.wait { _ in section.helpers.load(ordering: .acquiring) == 0 ? true : nil }
    }

    private func help(_ section: ParallelSection, _ scratch: ThreadScratch) {
        // Without memory for its scratch this thread does not help; the leader does the work alone.
        if let floats = try? scratch.floats(section.scratchCount) { section.work(floats) }
        contents.withLock { _ in _ = section.helpers.subtract(1, ordering: .acquiringAndReleasing) }
        contents.broadcast()
    }

    private func announce() {
        changes.add(1, ordering: .releasing)
        contents.broadcast()
    }

    private func next(_ take: (inout Contents) -> Task?) -> Task {
        let seen = changes.load(ordering: .acquiring)
        if let task = contents.withLock(take) { return task }
        for _ in 0..<Self.spins {
            if changes.load(ordering: .relaxed) != seen { break }
            sk_spin_hint()
        }
        return contents.wait(until: take)
    }

    /// For a thread without a job. Own jobs first: with enough of them every core leads one and none helps.
    private static func takeAny(_ contents: inout Contents) -> Task? {
        guard hasNothingUrgent(contents) else { return takeUrgent(&contents) }
        if !contents.waiting.isEmpty { return .lead(contents.waiting.removeFirst()) }
        return contents.stopped ? .leave : join(&contents)
    }

    /// For a thread that has laid its job aside. Nil while urgent jobs run and have nothing for it to do.
    private static func takeUrgent(_ contents: inout Contents) -> Task? {
        if hasNothingUrgent(contents) { return .leave }
        guard let job = contents.waiting.first, job.isUrgent else { return join(&contents) }
        contents.waiting.removeFirst()
        contents.urgentRunning += 1
        return .lead(job)
    }

    private static func hasNothingUrgent(_ contents: Contents) -> Bool {
        contents.urgentRunning == 0 && contents.waiting.first?.isUrgent != true
    }

    /// While urgent jobs run, nobody joins the others.
    private static func join(_ contents: inout Contents) -> Task? {
        let isUrgent = contents.urgentRunning > 0
        for section in contents.open where section.hasRoom && (section.isUrgent || !isUrgent) {
            section.helpers.add(1, ordering: .acquiringAndReleasing)
            return .join(section)
        }
        return nil
    }
}
