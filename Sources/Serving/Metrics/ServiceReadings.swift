package import JobQueue

/// What the gauges show: the service at one moment.
package struct ServiceReadings: Sendable, Equatable {
    /// What runs and waits in this process.
    package var scheduler: SchedulerLoad
    /// What is in the job store; nil when it can't be reached, or there is none.
    package var store: JobStoreLoad?
    /// Pictures in the result cache.
    package var cacheEntries: Int
    /// Their bytes.
    package var cacheBytes: Int
    /// Open connections of clients.
    package var connections: Int
    /// Cores that the service uses.
    package var cores: Int
    /// Whether the service is ready for work.
    package var isReady: Bool

    /// Makes readings.
    package init(
        scheduler: SchedulerLoad, store: JobStoreLoad?, cacheEntries: Int = 0, cacheBytes: Int = 0, connections: Int = 0,
        cores: Int = 1, isReady: Bool = true
    ) {
        self.scheduler = scheduler
        self.store = store
        self.cacheEntries = cacheEntries
        self.cacheBytes = cacheBytes
        self.connections = connections
        self.cores = cores
        self.isReady = isReady
    }

    /// The readings of a snapshot, with what the service itself does not know.
    package init(_ snapshot: ServiceSnapshot, connections: Int, cores: Int, isReady: Bool) {
        self.init(
            scheduler: snapshot.scheduler, store: snapshot.storeProblem == nil ? snapshot.store : nil,
            cacheEntries: snapshot.cache.entries, cacheBytes: snapshot.cache.bytes, connections: connections, cores: cores,
            isReady: isReady)
    }
}
