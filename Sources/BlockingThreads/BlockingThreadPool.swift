/// The one way to run work that blocks or computes for long (files, sockets, encoding) from a task: on threads other than Swift's
/// cooperative pool, whose few threads every task shares.
///
/// Threads start when work needs them, up to a maximum, and stay. Work runs in the order of calls. At most ``maximumQueued`` pieces wait
/// for a thread; beyond that a piece runs on the caller's own thread, which slows whoever submits too much without losing anything.
///
/// Work must end by itself, and must not wait for other work of the same pool. The engine's parallel computing has its own threads
/// (`ComputePool`).
package final class BlockingThreadPool: Sendable {
    /// The pool of the process: as many threads as processors, at least four.
    package static let shared = BlockingThreadPool("blocking", maximumThreads: max(4, ProcessorCount.available))

    /// How many pieces may wait for a thread unless told otherwise.
    package static let usualMaximumQueued = 1_024

    private struct Contents {
        var queue: [@Sendable () -> Void] = []
        var threads = 0
        var idle = 0
        var isClosed = false
    }

    private enum Placement {
        case queued, queuedForNewThread, refused
    }

    private let name: String
    private let maximumThreads: Int
    private let maximumQueued: Int
    private let contents = Monitor(Contents())

    /// A pool of its own, for work that may take long to fail (such as connecting) and must not hold up others'. Its threads end after
    /// the work at hand when the pool is no longer referenced.
    package init(_ name: String, maximumThreads: Int, maximumQueued: Int = BlockingThreadPool.usualMaximumQueued) {
        self.name = name
        self.maximumThreads = max(1, maximumThreads)
        self.maximumQueued = max(0, maximumQueued)
    }

    deinit {
        contents.withLock { $0.isClosed = true }
        contents.broadcast()
    }

    /// Runs `work` on a thread of the pool and returns, or throws, what it does. Cancelling the task does not stop it.
    package func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            submit { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }

    private func submit(_ work: @escaping @Sendable () -> Void) {
        switch contents.withLock({ place(work, in: &$0) }) {
        case .queued: contents.signal()
        case .queuedForNewThread: NamedThread.start(name, stackBytes: 8 << 20) { [contents] in Self.work(contents) }
        case .refused: work()
        }
    }

    private func place(_ work: @escaping @Sendable () -> Void, in contents: inout Contents) -> Placement {
        if contents.idle > contents.queue.count {
            contents.queue.append(work)
            return .queued
        }
        if contents.threads < maximumThreads {
            contents.threads += 1
            contents.queue.append(work)
            return .queuedForNewThread
        }
        guard contents.queue.count < maximumQueued else { return .refused }
        contents.queue.append(work)
        return .queued
    }

    /// A thread's life. It does not hold the pool, so that the pool's end can be its end.
    private static func work(_ contents: Monitor<Contents>) {
        while let work = next(contents) { work() }
    }

    private static func next(_ contents: Monitor<Contents>) -> (@Sendable () -> Void)? {
        contents.withLock { $0.idle += 1 }
        return contents.wait { contents -> (@Sendable () -> Void)?? in
            if contents.queue.isEmpty && !contents.isClosed { return nil }
            contents.idle -= 1
            return .some(contents.queue.isEmpty ? nil : contents.queue.removeFirst())
        }
    }
}
