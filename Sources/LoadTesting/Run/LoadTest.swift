/// A load test against one target, fixed by its plan: runs it, shows it live, and lets people change its load.
///
/// One run at a time, any number one after another. Every change of the load by hand begins a stage of its own, so that no
/// figure mixes two loads.
package actor LoadTest {
    /// What happens with the run when its loop comes to itself.
    enum Wish: Sendable {
        case shape(LoadShape, spawnRate: Double?)
    }

    /// How long requests that are under way at the end may take.
    static let grace = Duration.seconds(5)

    /// What it was told. The target and the requests never change.
    package nonisolated let plan: LoadPlan

    var run: LoadRun?
    var phase = LiveSnapshot.Phase.idle
    var wish: Wish?
    var isStopping = false
    var sleeper: Task<Void, Never>?
    var lastSummary: LoadTestSummary?
    var listeners: [Int: AsyncStream<LiveSnapshot>.Continuation] = [:]
    var listenersSeen = 0
    /// The last snapshot.
    package internal(set) var snapshot = LiveSnapshot()

    /// Checks the plan; nothing connects yet.
    /// - Throws: `LoadTestError.badPlan`.
    package init(plan: LoadPlan) throws(LoadTestError) {
        try plan.check()
        self.plan = plan
    }

    deinit {
        for listener in listeners.values { listener.finish() }
    }

    /// Looks at the target's own figures once, so that a process or an address that can't be used is told before anybody starts a run.
    /// - Throws: `LoadTestError.badPlan`.
    package nonisolated func tryMonitor() async throws(LoadTestError) {
        _ = try await TargetMonitor(plan.monitor, connection: plan.connection)
    }

    /// Runs the plan, or the plan with another shape, to its end, to `stop()`, or until an objective is broken for too long.
    ///
    /// A run that ends early returns a full summary too. Cancellation of the task is the same as `stop()`.
    /// - Throws: `alreadyRunning`; `unreachable` when no connection can be made; `badPlan`.
    package func run(_ shape: LoadShape? = nil) async throws(LoadTestError) -> LoadTestSummary {
        guard phase == .idle || phase == .finished else { throw .alreadyRunning }
        let shape = shape ?? plan.shape
        try plan.check(shape)
        phase = .starting
        (run, wish, isStopping) = (nil, nil, false)
        publish(LiveSnapshot(phase: .starting))
        do throws(LoadTestError) {
            let summary = try await drive(shape)
            lastSummary = summary
            return summary
        } catch {
            phase = .idle
            publish(LiveSnapshot())
            throw error
        }
    }

    /// Ends the run under way: no new requests, those under way get a few seconds. `run` then returns. Does nothing when idle.
    package func stop() {
        guard phase != .idle, phase != .finished else { return }
        isStopping = true
        sleeper?.cancel()
    }

    /// Changes the number of users; begins a new stage without an end. `spawnRate` is users a second, nil: as before.
    /// - Throws: `notRunning`, `badPlan` for a number that cannot be.
    package func setUsers(_ users: Int, spawnRate: Double? = nil) throws(LoadTestError) {
        try change(to: .steady(.users(users), seconds: nil), spawnRate: spawnRate)
    }

    /// Changes the arrivals a second (open model); begins a new stage without an end.
    /// - Throws: as `setUsers`.
    package func setRate(_ rate: Double) throws(LoadTestError) {
        try change(to: .steady(.rate(rate), seconds: nil), spawnRate: nil)
    }

    /// Goes on with another shape from now; the current stage ends here.
    /// - Throws: as `setUsers`.
    package func setShape(_ shape: LoadShape) throws(LoadTestError) {
        try change(to: shape, spawnRate: nil)
    }

    /// Every snapshot from now on, one a second while something runs, over all runs; the present one first. A slow reader misses
    /// some, never the newest. Any number of readers; each stream ends when its reader stops or the test goes away.
    package func snapshots() -> AsyncStream<LiveSnapshot> {
        let (stream, continuation) = AsyncStream.makeStream(of: LiveSnapshot.self, bufferingPolicy: .bufferingNewest(1))
        listenersSeen += 1
        let number = listenersSeen
        listeners[number] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { await self?.forget(listener: number) }
        }
        continuation.yield(snapshot)
        return stream
    }

    /// The steps of the run under way that are complete, and after it those of the last run.
    package var steps: [StepSummary] { run?.steps ?? lastSummary?.steps ?? [] }

    /// The summary of the run so far, as if it ended now, for reports on demand; of the last run when idle; nil before the first.
    package var summary: LoadTestSummary? {
        guard phase == .settling || phase == .measuring || phase == .stopping else { return lastSummary }
        return run?.summary(now: .now) ?? lastSummary
    }

    private func change(to shape: LoadShape, spawnRate: Double?) throws(LoadTestError) {
        guard let run, phase == .settling || phase == .measuring, !isStopping else { throw .notRunning }
        try plan.check(shape)
        guard shape.stages.first?.from.isOpen == run.shape.stages.first?.from.isOpen else {
            throw .badPlan("A test with users keeps to users, and one with a rate to a rate; start another test.")
        }
        if let spawnRate, !(spawnRate > 0) { throw .badPlan("Users come at more than 0 a second.") }
        wish = .shape(shape, spawnRate: spawnRate)
        sleeper?.cancel()
    }

    private func forget(listener number: Int) { listeners[number] = nil }

    func publish(_ snapshot: LiveSnapshot) {
        self.snapshot = snapshot
        for listener in listeners.values { listener.yield(snapshot) }
    }
}
