import Synchronization

/// The threads that work on one job: its leader, on whose thread this is used, and whoever is idle.
package final class ComputeTeam {
    private let pool: PoolState
    private let job: PoolJob
    private let scratch: ThreadScratch
    private let section: ParallelSection

    init(pool: PoolState, job: PoolJob, scratch: ThreadScratch) {
        self.pool = pool
        self.job = job
        self.scratch = scratch
        section = ParallelSection(maximumHelpers: job.threads - 1, isUrgent: job.isUrgent)
    }

    /// The most threads this job may use.
    package var threads: Int { job.threads }

    /// The memory of runs on this pool.
    var workspaces: WorkspaceStore { pool.workspaces }

    /// A point between two layers or stages, where nothing lies in the thread's scratch. Urgent jobs go first here: a job that is
    /// not urgent goes on when none is left.
    /// - Throws: `CancellationError` once the task that submitted the job is cancelled.
    package func checkpoint() throws(CancellationError) {
        if !job.isUrgent { pool.giveWay(scratch) }
        if job.cancelled.load(ordering: .relaxed) { throw CancellationError() }
    }

    /// Calls `body` once for each index in `0..<count`, each on some thread of the team with that thread's own scratch of
    /// `scratchCount` floats, and returns when all are done. Indices are started in ascending order.
    func forEach(_ count: Int, scratchCount: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void) throws(EngineError) {
        let floats = try scratch.floats(scratchCount)
        guard count > 1, threads > 1 else {
            for index in 0..<count { body(index, floats) }
            return
        }
        withoutActuallyEscaping(body) { body in
            section.prepare(count: count, scratchCount: scratchCount, body)
            pool.open(section)
            section.work(floats)
            pool.close(section)
            section.finish()
        }
    }
}

/// Work cut into `count` pieces that any thread may take.
///
/// Invariant behind `@unchecked Sendable`: the leader writes `count`, `scratchCount` and `body` before it opens the section under the pool's
/// lock and after it closed it and every helper left; helpers read them in between.
final class ParallelSection: @unchecked Sendable {
    /// Threads other than the leader at work here; grows only under the pool's lock.
    let helpers = Atomic(0)
    let isUrgent: Bool
    private let maximumHelpers: Int
    private let next = Atomic(0)
    private var count = 0
    private(set) var scratchCount = 0
    private var body: ((Int, UnsafeMutablePointer<Float>) -> Void)?

    init(maximumHelpers: Int, isUrgent: Bool) {
        self.maximumHelpers = maximumHelpers
        self.isUrgent = isUrgent
    }

    /// Whether another helper would find something to do.
    var hasRoom: Bool {
        helpers.load(ordering: .relaxed) < maximumHelpers && next.load(ordering: .relaxed) < count
    }

    func prepare(count: Int, scratchCount: Int, _ body: @escaping (Int, UnsafeMutablePointer<Float>) -> Void) {
        self.count = count
        self.scratchCount = scratchCount
        self.body = body
        next.store(0, ordering: .relaxed)
    }

    func work(_ scratch: UnsafeMutablePointer<Float>) {
        guard let body else { return }
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            if index >= count { return }
            body(index, scratch)
        }
    }

    func finish() { body = nil }
}

/// A thread's own working memory, kept between jobs and grown to the most that any asked for.
final class ThreadScratch {
    private var buffer: AlignedBuffer?

    func floats(_ count: Int) throws(EngineError) -> UnsafeMutablePointer<Float> {
        if let buffer, buffer.count >= count { return buffer.floats }
        buffer = nil
        let larger = try AlignedBuffer(count: count)
        buffer = larger
        return larger.floats
    }
}
