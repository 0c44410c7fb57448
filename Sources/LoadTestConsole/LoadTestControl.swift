package import LoadTesting

/// What the console asks of a load test. `LoadTest` is one; a test of the console brings another.
package protocol LoadTestControl: Sendable {
    /// Runs the shape, or the one that the test was made with, to its end or to `stop()`; a run that ends early gives a full summary too.
    func run(_ shape: LoadShape?) async throws(LoadTestError) -> LoadTestSummary
    /// Ends the run under way, with its summary.
    func stop() async
    /// Changes the number of users of the run under way; what is measured from then on is a step of its own.
    func setUsers(_ users: Int, spawnRate: Double?) async throws(LoadTestError)
    /// The same for arrivals a second.
    func setRate(_ rate: Double) async throws(LoadTestError)
    /// How it stands.
    var snapshot: LiveSnapshot { get async }
    /// Every snapshot from now on, one a second while something runs.
    func snapshots() async -> AsyncStream<LiveSnapshot>
    /// The steps that are over, of the run under way or the last one.
    var steps: [StepSummary] { get async }
    /// The run under way as if it ended now, or the last one; nil before the first.
    var summary: LoadTestSummary? { get async }
}

extension LoadTest: LoadTestControl {}
