/// Everything that a load test is told: by flags, by a scenario file, or by both.
package struct LoadPlan: Sendable {
    /// The connection to the target.
    package struct Connection: Sendable, Hashable, Codable {
        /// HTTP/2 instead of HTTP/1.1.
        package var usesHTTP2 = false
        /// Keeps a connection for the next request of its user.
        package var keepsAlive = true
        /// Believes any certificate.
        package var isInsecure = false
        /// Seconds until a connection must stand.
        package var connectTimeout = 5.0
        /// Seconds until an answer must be complete.
        package var requestTimeout = 60.0
        /// Bytes of one answer that are read at most; more is a failure.
        package var largestAnswer = 64_000_000

        package init() {}
    }

    /// `http://host:port` (or https) that all requests go to; its path is put before theirs.
    package var target: String
    /// How it is reached.
    package var connection = Connection()
    /// What is asked: one or more requests, mixed by their weights. Never empty when a test starts.
    package var requests: [PlannedRequest] = []
    /// How the load goes over time.
    package var shape: LoadShape
    /// What users do between requests (closed model only).
    package var wait = WaitTime.none
    /// Users started in a second; nil: all at once.
    package var spawnRate: Double?
    /// Open model: requests that may be under way at once; a start beyond it is dropped and counted.
    package var maximumInFlight = 1_000
    /// Open model: arrivals at even distances instead of a Poisson process.
    package var hasEvenArrivals = false
    /// Seconds at the beginning of each stage that do not count, beside those in which users are started.
    package var dropped = 2.0
    /// `p95=3s,errors=1%,…` as it was given; empty: no objectives.
    package var objectives = ""
    /// Ends the test when an objective is broken for as many seconds in a row; nil: measures to the end.
    package var abortAfter: Double?
    /// The target's own figures.
    package var monitor = TargetMonitorPlan()
    /// Makes a run repeatable: waits, arrivals and choices are drawn from it.
    package var seed: UInt64 = 0
    /// The command that repeats this test, for the report.
    package var command = ""

    /// A plan with everything else at its default.
    package init(target: String, shape: LoadShape) {
        self.target = target
        self.shape = shape
    }
}

/// Where the target's own figures come from.
package struct TargetMonitorPlan: Sendable, Hashable, Codable {
    /// A process of this machine; its children count with it.
    package var pid: Int?
    /// An address that answers in Prometheus' text form.
    package var metricsURL: String?
    /// Seconds between two looks.
    package var interval = 1.0

    package init(pid: Int? = nil, metricsURL: String? = nil) {
        self.pid = pid
        self.metricsURL = metricsURL
    }
}
