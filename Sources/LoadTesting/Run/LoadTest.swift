import LoadGeneration

/// A load test of one target, which its plan fixes: runs it, publishes it live, and lets its load be changed.
///
/// One run at a time, any number one after another. Every change of the load starts a stage of its own, so that no figure mixes two loads.
package actor LoadTest {
    /// The time that requests in flight get at the end.
    static let grace = Duration.seconds(5)

    /// The plan. Its target and requests never change.
    package nonisolated let plan: LoadPlan

    var run: LoadRun?
    var phase = LiveSnapshot.Phase.idle
    /// The shape that replaces the current one at the next tick.
    var pendingChange: (shape: LoadShape, spawnRate: Double?)?
    var isStopping = false
    var sleeper: Task<Void, Never>?
    var lastSummary: LoadTestSummary?
    var listeners: [Int: AsyncStream<LiveSnapshot>.Continuation] = [:]
    var listenersSeen = 0
    /// The last snapshot.
    package internal(set) var snapshot = LiveSnapshot()

    /// Checks the plan without connecting.
    /// - Throws: `LoadTestError.badPlan`.
    package init(plan: LoadPlan) throws(LoadTestError) {
        try plan.check()
        self.plan = plan
    }

    deinit {
        for listener in listeners.values { listener.finish() }
    }

    /// Reads the target's own figures once, so that an unusable process or address is reported before a run starts.
    /// - Throws: `LoadTestError.badPlan`.
    package nonisolated func tryMonitor() async throws(LoadTestError) {
        _ = try await TargetMonitor(plan.monitor, connection: plan.generator.connection)
    }

    /// Runs the plan, or the plan with another shape, to its end, to `stop()`, or until an objective has been missed for too long.
    ///
    /// A run that ends early returns a full summary too. Cancellation of the task is the same as `stop()`.
    /// - Throws: `alreadyRunning`; `unreachable` when no connection can be made; `badPlan`.
    package func run(_ shape: LoadShape? = nil) async throws(LoadTestError) -> LoadTestSummary {
        guard phase == .idle || phase == .finished else { throw .alreadyRunning }
        let shape = shape ?? plan.shape
        try plan.check(shape)
        phase = .starting
        (run, pendingChange, isStopping) = (nil, nil, false)
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

    /// Ends the current run: no new requests, and a grace period for those in flight. `run` then returns. Does nothing when idle.
    package func stop() {
        guard phase != .idle, phase != .finished else { return }
        isStopping = true
        sleeper?.cancel()
    }

    /// Changes the number of users, which starts a new stage without an end. `spawnRate` is users a second; nil: as before.
    /// - Throws: `notRunning`; `badPlan` for a number out of range.
    package func setUsers(_ users: Int, spawnRate: Double? = nil) throws(LoadTestError) {
        try change(to: .steady(.users(users), seconds: nil), spawnRate: spawnRate)
    }

    /// Changes the arrivals a second (open model), which starts a new stage without an end.
    /// - Throws: as `setUsers`.
    package func setRate(_ rate: Double) throws(LoadTestError) {
        try change(to: .steady(.rate(rate), seconds: nil), spawnRate: nil)
    }

    /// Continues with another shape; the current stage ends.
    /// - Throws: as `setUsers`.
    package func setShape(_ shape: LoadShape) throws(LoadTestError) {
        try change(to: shape, spawnRate: nil)
    }

    /// The snapshots of all runs, one a second, the current one first. A slow reader misses some, never the newest. Any number of readers;
    /// each stream ends when its reader stops or the test is released.
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

    /// The completed steps of the current run, or of the last one.
    package var steps: [StepSummary] { run?.steps ?? lastSummary?.steps ?? [] }

    /// The summary of the current run as if it ended now, or of the last run; nil before the first.
    package var summary: LoadTestSummary? {
        guard phase == .settling || phase == .measuring || phase == .stopping else { return lastSummary }
        return run?.summary(now: .now) ?? lastSummary
    }

    private func change(to shape: LoadShape, spawnRate: Double?) throws(LoadTestError) {
        guard let run, phase == .settling || phase == .measuring, !isStopping else { throw .notRunning }
        try plan.check(shape)
        guard shape.stages.first?.from.isOpen == run.shape.stages.first?.from.isOpen else {
            throw .badPlan(
                "The model cannot change during a run: a test with users keeps users, a test with a rate keeps a rate. Start another test."
            )
        }
        if let spawnRate, !(spawnRate > 0) { throw .badPlan("The spawn rate must be above 0 users a second.") }
        pendingChange = (shape, spawnRate)
        sleeper?.cancel()
    }

    private func forget(listener number: Int) { listeners[number] = nil }

    func publish(_ snapshot: LiveSnapshot) {
        self.snapshot = snapshot
        for listener in listeners.values { listener.yield(snapshot) }
    }
}

/// Why a test could not be run to its end.
package enum LoadTestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The plan is invalid; says why.
    case badPlan(String)
    /// The target does not respond; says what happened.
    case unreachable(target: String, reason: String)
    /// Another run is in progress.
    case alreadyRunning
    /// No run is in progress.
    case notRunning

    package var description: String {
        switch self {
        case .badPlan(let problem): problem
        case .unreachable(let target, let reason): "\(target) cannot be reached: \(reason)"
        case .alreadyRunning: "A load test is already running. Stop it first."
        case .notRunning: "No load test is running."
        }
    }
}

extension LoadTestError {
    /// Why the generator did not start.
    init(_ error: GeneratorError) {
        switch error {
        case .unreachable(let address, _, let detail): self = .unreachable(target: address, reason: detail)
        case .request, .trust, .settings: self = .badPlan("\(error)")
        }
    }
}
