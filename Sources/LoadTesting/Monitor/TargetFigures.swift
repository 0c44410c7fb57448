/// The target's resource use at one time. Unknown values are nil.
package struct TargetFigures: Sendable, Codable, Equatable {
    /// Of one core, 100 is one core fully used.
    package var cpuPercent: Double?
    /// Bytes of memory in use.
    package var residentBytes: Int?
    /// Threads.
    package var threads: Int?
    /// Open descriptors.
    package var descriptors: Int?
    /// Cores that it may use.
    package var cores: Int?
    /// Processes that were counted.
    package var processes: Int?
    /// Requests that wait in the target, by its own metrics.
    package var waiting: Double?
    /// Jobs in its queue, by its own metrics.
    package var queued: Double?

    package init() {}
}

/// The load generator's own resource use.
package struct GeneratorFigures: Sendable, Codable, Equatable {
    /// Of one core.
    package var cpuPercent = 0.0
    /// Processor cores that it may use.
    package var cores = 1
    /// The worst lateness of its event loops in the last second, in milliseconds.
    package var lagMilliseconds = 0.0
    /// Bytes of memory in use.
    package var residentBytes: Int?

    package init() {}
}

extension TargetFigures {
    /// These figures, completed by `others`: a process tells its resource use, its metrics its queue.
    func completed(by others: TargetFigures) -> TargetFigures {
        var figures = self
        figures.cpuPercent = cpuPercent ?? others.cpuPercent
        figures.residentBytes = residentBytes ?? others.residentBytes
        figures.threads = threads ?? others.threads
        figures.descriptors = descriptors ?? others.descriptors
        // The metrics take precedence: a service may use fewer cores than its process is allowed.
        figures.cores = others.cores ?? cores
        figures.processes = processes ?? others.processes
        figures.waiting = waiting ?? others.waiting
        figures.queued = queued ?? others.queued
        return figures
    }
}

extension TargetFigures {
    /// Waiting requests and queued jobs together.
    package var queueLength: Double? {
        waiting == nil && queued == nil ? nil : (waiting ?? 0) + (queued ?? 0)
    }
}
