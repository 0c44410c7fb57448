package import Serving

/// Where the service's figures go: the metrics, and what the console shows.
package struct Observation: Sendable {
    /// Counters and histograms.
    package var metrics: ServiceMetrics
    /// Requests of the last minutes.
    package var latency: RecentLatency
    /// The last errors.
    package var errors: RecentErrors
    /// The metrics as text, for `/metrics`; nil where there is nothing to show.
    package var text: (@Sendable () async -> String)?

    /// Makes an observation; by default nothing leaves it.
    package init(
        metrics: ServiceMetrics = ServiceMetrics(), latency: RecentLatency = RecentLatency(),
        errors: RecentErrors = RecentErrors(),
        text: (@Sendable () async -> String)? = nil
    ) {
        self.metrics = metrics
        self.latency = latency
        self.errors = errors
        self.text = text
    }
}
