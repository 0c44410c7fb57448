import JobQueue
import ServiceLifecycle
import Synchronization

/// Sends the changes of jobs to those who follow them. One read of the store serves all followers; it happens at a fixed interval and
/// after each event in this process.
final class JobStatusBroadcaster: Sendable {
    private struct Follower {
        var id: JobID
        var last: JobReport
        var continuation: AsyncStream<JobReport>.Continuation
    }

    private struct State {
        var followers: [Int: Follower] = [:]
        var nextKey = 0
        var isFinished = false
    }

    private let state = Mutex(State())
    private let changes = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    /// Between reads without an event here: other processes may work on the jobs.
    private static let pollInterval = Duration.milliseconds(300)
    /// The minimum time between two reads, however many events happen here.
    private static let minimumInterval = Duration.milliseconds(50)

    /// A job has changed.
    func notify() { changes.continuation.yield() }

    /// `first`, then the job's changes up to its final state.
    func reports(on id: JobID, first: JobReport) -> AsyncStream<JobReport> {
        let (stream, continuation) = AsyncStream<JobReport>.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.yield(first)
        if first.status.state.isFinal {
            continuation.finish()
            return stream
        }
        let key: Int? = state.withLock { state in
            if state.isFinished { return nil }
            state.nextKey += 1
            state.followers[state.nextKey] = Follower(id: id, last: first, continuation: continuation)
            return state.nextKey
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [self] _ in
            // In a task, because the stream may end while the lock is held.
            Task { self.remove(key) }
        }
        notify()
        return stream
    }

    /// Reads the store until a graceful shutdown; then all streams end.
    func run(_ service: JobService) async {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.pollInterval)
                        self.notify()
                    }
                }
                for await _ in changes.stream {
                    if Task.isCancelled { break }
                    await poll(service)
                    try? await Task.sleep(for: Self.minimumInterval)
                }
                group.cancelAll()
            }
        }
        finish()
    }

    private func poll(_ service: JobService) async {
        let ids = state.withLock { Set($0.followers.values.map(\.id)) }
        if ids.isEmpty { return }
        // While the store is unavailable nothing is sent; the streams continue when it is back.
        guard let found = try? await service.store.status(of: Array(ids)) else { return }
        var reports: [JobID: JobReport] = [:]
        for (id, status) in found { reports[id] = await service.report(status) }
        let changes = state.withLock { state in
            var changes: [(AsyncStream<JobReport>.Continuation, JobReport?)] = []
            for (key, follower) in state.followers where ids.contains(follower.id) {
                let report = reports[follower.id]
                if let report, report.status == follower.last.status { continue }
                if let report { state.followers[key]?.last = report }
                if report?.status.state.isFinal ?? true { state.followers[key] = nil }
                changes.append((follower.continuation, report))
            }
            return changes
        }
        for (continuation, report) in changes {
            if let report { continuation.yield(report) }
            if report?.status.state.isFinal ?? true { continuation.finish() }
        }
    }

    private func remove(_ key: Int) {
        state.withLock { _ = $0.followers.removeValue(forKey: key) }
    }

    private func finish() {
        let followers = state.withLock { state in
            state.isFinished = true
            defer { state.followers = [:] }
            return state.followers.values.map { $0 }
        }
        for follower in followers { follower.continuation.finish() }
    }
}
