import JobQueue

/// Interim.
package struct ServiceMetrics: Sendable {
    /// Interim.
    package init() {}
    func jobsSwept(expired: Int, reclaimed: Int, parked: Int, removed: Int) {}
    func jobFinished(state: JobState) {}
}
