/// Divides a machine's cores among workers, so that together they have no more compute threads than there are cores.
package struct CoreShare: Sendable, Equatable {
    /// Cores to divide.
    package let cores: Int
    /// Workers that may be there at once.
    package let workers: Int

    /// A division of `cores` among as many as `workers`.
    package init(cores: Int, workers: Int) {
        self.cores = max(1, cores)
        self.workers = max(1, workers)
    }

    /// Compute threads of the worker in a slot, counted from 0: the cores left over go to the first ones, and everybody has at
    /// least one.
    package func threads(slot: Int) -> Int {
        max(1, cores / workers + (slot < cores % workers ? 1 : 0))
    }

    /// Whether there are more workers than cores, so that they have to take turns.
    package var isOversubscribed: Bool { workers > cores }
}
