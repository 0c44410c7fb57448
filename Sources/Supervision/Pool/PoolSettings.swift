/// How a pool treats its workers.
package struct PoolSettings: Sendable, Equatable {
    /// How many there are.
    package var count: WorkerCount
    /// How the cores are divided.
    package var cores: CoreShare
    /// When a worker is replaced.
    package var recycling = RecyclingPolicy()
    /// How their number follows the load.
    package var scaling = ScalingPolicy.Settings()
    /// Seconds from its start within which a worker must be ready.
    package var startLimit = 60.0
    /// Seconds without an answer after which a worker counts as hung.
    package var silenceLimit = 10.0
    /// Seconds without any progress of its jobs after which a worker counts as hung.
    package var stallLimit = 60.0
    /// Seconds that a worker may take to finish what it has.
    package var drainLimit = 60.0

    /// Settings with defaults for all but the number of workers and the cores.
    package init(count: WorkerCount, cores: Int) {
        self.count = count
        self.cores = CoreShare(cores: cores, workers: count.most)
    }
}
