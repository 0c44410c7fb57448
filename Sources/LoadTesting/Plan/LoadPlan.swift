package import LoadGeneration

/// Everything that a load test is told: by flags, by a scenario file, or by both.
package struct LoadPlan: Sendable {
    /// Whom to load; all requests go there and nowhere else.
    package var target: LoadTarget
    /// How it is spoken to.
    package var connection = ConnectionSettings()
    /// What is asked: one or more requests, mixed by their weights. Never empty when a test starts.
    package var requests: [RequestTemplate] = []
    /// Whether a 202 is followed until its job has ended; nil counts it as queued.
    package var follow: FollowSettings?
    /// How the load goes over time.
    package var shape: LoadShape
    /// What users do between requests (closed model only).
    package var wait = WaitTime.none
    /// Users started in a second; nil: all at once.
    package var spawnRate: Double?
    /// Open model: how arrivals lie in time.
    package var arrivals = Arrivals.poisson
    /// Open model: requests that may be under way at once; a start beyond it is dropped and counted.
    package var maximumInFlight = 1_000
    /// Event loops of the generator, a thread each.
    package var threads = 1
    /// Seconds at the beginning of each stage that do not count, beside those in which users are started.
    package var dropped = 2.0
    /// What the target must keep to.
    package var objectives: [Objective] = []
    /// An objective that ends the run does so when it has been broken for so many seconds in a row.
    package var patience = 10.0
    /// Search for the highest load: how often each load is tried; the majority decides.
    package var searchRepeats = 3
    /// Search: it ends when what holds and what does not are so near, a part of the latter.
    package var searchPrecision = 0.05
    /// Search: nothing above is tried; nil: what a test can have at most.
    package var searchHighest: Double?
    /// The target's own figures.
    package var monitor = TargetMonitorPlan()
    /// Makes a run repeatable: waits, arrivals and choices are drawn from it.
    package var seed: UInt64 = 1
    /// For the report: the command that repeats this test.
    package var command: [String] = []
    /// For the report: what is sent.
    package var payload: PayloadSummary?
    /// For the report: sentences that its readers should know, besides what the run finds.
    package var remarks: [String] = []
    /// For the report: this program's version.
    package var version = ""

    /// A plan with everything else at its default.
    package init(target: LoadTarget, shape: LoadShape) {
        self.target = target
        self.shape = shape
    }
}

/// Where the target's own figures come from.
package struct TargetMonitorPlan: Sendable, Hashable {
    /// A process of this machine; its children count with it.
    package var pid: Int?
    /// An address that answers in Prometheus' text form.
    package var metrics: LoadTarget?
    /// Header fields for `metrics`, such as an API key.
    package var headers: [String: String] = [:]
    /// Seconds between two looks.
    package var interval = 1.0

    package init() {}

    /// Whether there is such a process, of which something can be learned.
    package static func isProcess(_ pid: Int) -> Bool { ProcessTreeWatch(pid: pid, now: 0) != nil }

    /// Whether there is anything to look at.
    package var isEmpty: Bool { pid == nil && metrics == nil }
}
