/// The target's resource use during a step: mean and maximum of the samples; nil where it was not measured.
package struct ResourceUse: Codable, Sendable, Equatable {
    /// Mean and largest of a figure's samples.
    package struct Level: Codable, Sendable, Equatable {
        /// The mean over time.
        package var mean: Double
        /// The largest sample.
        package var maximum: Double

        /// Makes a level.
        package init(mean: Double, maximum: Double) {
            self.mean = mean
            self.maximum = maximum
        }
    }

    /// Percent of one core, so two busy cores are 200.
    package var cpuPercent: Level?
    /// Cores that the target may use; nil if unknown.
    package var cores: Int?
    /// Resident memory in bytes.
    package var residentBytes: Level?
    /// Threads.
    package var threads: Level?
    /// Open descriptors.
    package var descriptors: Level?
    /// Jobs that wait in the target's queue.
    package var queueLength: Level?

    /// An unknown use.
    package init() {}

    /// Percent of all cores that the target may use, 0…100.
    package var cpuPercentOfAll: Double? {
        guard let cpuPercent, let cores, cores > 0 else { return nil }
        return cpuPercent.mean / Double(cores)
    }
}

/// Whether the load generator was the bottleneck.
package struct GeneratorHealth: Codable, Sendable, Equatable {
    /// Percent of one core that this process used; mean and largest.
    package var cpuPercent: ResourceUse.Level?
    /// The worst lateness of its event loops in each second, in seconds; mean and largest.
    package var lag: ResourceUse.Level?
    /// P99 of its event loops' lateness, in seconds.
    package var lagP99: Double?
    /// Scheduled starts that were dropped because too many requests were in flight.
    package var droppedStarts = 0
    /// Why the figures cannot be trusted; empty if they can.
    package var complaints: [String] = []

    /// An unknown health.
    package init() {}

    /// Whether the figures are the target's and not the generator's.
    package var isValid: Bool { complaints.isEmpty }
}
