/// A load test against one target, fixed by its plan: runs it, shows it live, and lets people change its load.
///
/// One run at a time, any number one after another. Every change of the load by hand begins a stage of its own, so that no
/// figure mixes two loads.
package actor LoadTest {
    /// What it was told. The target and the requests never change.
    package nonisolated let plan: LoadPlan

    /// Checks the plan; nothing connects yet.
    /// - Throws: `LoadTestError.badPlan`.
    package init(plan: LoadPlan) throws(LoadTestError) {
        self.plan = plan
    }

    /// Runs the plan, or the plan with another shape, to its end, to `stop()`, or until an objective is broken for too long.
    ///
    /// A run that ends early returns a full summary too. Cancellation of the task is the same as `stop()`.
    /// - Throws: `alreadyRunning`; `unreachable` when the target never answered in any way; `badPlan`.
    package func run(_ shape: LoadShape? = nil) async throws(LoadTestError) -> LoadTestSummary {
        throw .badPlan("not written yet")
    }

    /// Ends the run under way: no new requests, those under way get a few seconds. `run` then returns. Does nothing when idle.
    package func stop() {}

    /// Changes the number of users; begins a new stage without an end. `spawnRate` is users a second, nil: as the plan says.
    /// - Throws: `notRunning`, `badPlan` for a number that cannot be.
    package func setUsers(_ users: Int, spawnRate: Double? = nil) throws(LoadTestError) {
        throw .notRunning
    }

    /// Changes the arrivals a second (open model); begins a new stage without an end.
    /// - Throws: as `setUsers`.
    package func setRate(_ rate: Double) throws(LoadTestError) {
        throw .notRunning
    }

    /// Goes on with another shape from now; the current stage ends here.
    /// - Throws: as `setUsers`.
    package func setShape(_ shape: LoadShape) throws(LoadTestError) {
        throw .notRunning
    }

    /// The last snapshot.
    package var snapshot: LiveSnapshot { LiveSnapshot() }

    /// Every snapshot from now on, one a second while something runs, over all runs. A slow reader misses some, never the
    /// newest. Any number of readers; each gets a stream of its own, which ends when the reader stops or the test goes away.
    package func snapshots() -> AsyncStream<LiveSnapshot> {
        AsyncStream { $0.finish() }
    }

    /// The steps of the run under way that are complete, and after it those of the last run.
    package var steps: [StepSummary] { [] }

    /// The summary of the run so far, as if it ended now, for reports on demand; of the last run when idle; nil before the first.
    package var summary: LoadTestSummary? { nil }
}
