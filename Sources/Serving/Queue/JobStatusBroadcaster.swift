import JobQueue
import ServiceLifecycle
import Synchronization

/// Tells those who follow jobs of their changes. One look at the store serves all of them, several times a second and whenever
/// something has happened in this process.
final class JobWatch: Sendable {
    private struct Follower {
        var id: JobID
        var last: JobReport
        var continuation: AsyncStream<JobReport>.Continuation
    }

    private struct State {
        var followers: [Int: Follower] = [:]
        var nextKey = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let bell = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    /// Between looks at the store when nothing happens here: other processes may work on its jobs.
    private static let pause = Duration.milliseconds(300)
    /// At most so often, however much happens here.
    private static let shortestPause = Duration.milliseconds(50)

    /// Something has happened to a job.
    func nudge() { bell.continuation.yield() }

    /// `first`, then the job's changes up to its final state.
    func reports(on id: JobID, first: JobReport) -> AsyncStream<JobReport> {
        let (stream, continuation) = AsyncStream<JobReport>.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.yield(first)
        if first.status.state.isFinal {
            continuation.finish()
            return stream
        }
        let key: Int? = state.withLock { state in
            if state.isOver { return nil }
            state.nextKey += 1
            state.followers[state.nextKey] = Follower(id: id, last: first, continuation: continuation)
            return state.nextKey
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [self] _ in
            // Not under the lock: the stream may end while it is held.
            Task { self.remove(key) }
        }
        nudge()
        return stream
    }

    /// Looks at the store until a graceful shutdown; then all streams end.
    func run(_ service: JobService) async {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.pause)
                        self.nudge()
                    }
                }
                for await _ in bell.stream {
                    if Task.isCancelled { break }
                    await look(service)
                    try? await Task.sleep(for: Self.shortestPause)
                }
                group.cancelAll()
            }
        }
        end()
    }

    private func look(_ service: JobService) async {
        let ids = state.withLock { Set($0.followers.values.map(\.id)) }
        if ids.isEmpty { return }
        // While the store is away there is no news; the streams go on when it is back.
        guard let found = try? await service.store.status(of: Array(ids)) else { return }
        var reports: [JobID: JobReport] = [:]
        for (id, status) in found { reports[id] = await service.report(status) }
        let news = state.withLock { state in
            var news: [(AsyncStream<JobReport>.Continuation, JobReport?)] = []
            for (key, follower) in state.followers where ids.contains(follower.id) {
                let report = reports[follower.id]
                if let report, report.status == follower.last.status { continue }
                if let report { state.followers[key]?.last = report }
                if report?.status.state.isFinal ?? true { state.followers[key] = nil }
                news.append((follower.continuation, report))
            }
            return news
        }
        for (continuation, report) in news {
            if let report { continuation.yield(report) }
            if report?.status.state.isFinal ?? true { continuation.finish() }
        }
    }

    private func remove(_ key: Int) {
        state.withLock { _ = $0.followers.removeValue(forKey: key) }
    }

    private func end() {
        let followers = state.withLock { state in
            state.isOver = true
            defer { state.followers = [:] }
            return state.followers.values.map { $0 }
        }
        for follower in followers { follower.continuation.finish() }
    }
}
