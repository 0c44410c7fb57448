/// What the target takes at one moment. What is not known is nil.
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

/// What the load generator itself takes: whether it was the bottleneck.
package struct GeneratorFigures: Sendable, Codable, Equatable {
    /// Of one core.
    package var cpuPercent = 0.0
    /// Processor cores that it may use.
    package var cores = 1
    /// How late its event loops were at worst in the last second, in milliseconds.
    package var lagMilliseconds = 0.0
    /// Bytes of memory in use.
    package var residentBytes: Int?

    package init() {}
}

extension TargetFigures {
    /// These, and what they leave open from `others`: a process is asked for what it takes, its metrics for its queue.
    func completed(by others: TargetFigures) -> TargetFigures {
        var figures = self
        figures.cpuPercent = cpuPercent ?? others.cpuPercent
        figures.residentBytes = residentBytes ?? others.residentBytes
        figures.threads = threads ?? others.threads
        figures.descriptors = descriptors ?? others.descriptors
        // What it says itself is the truth: a service may use fewer cores than its process is allowed.
        figures.cores = others.cores ?? cores
        figures.processes = processes ?? others.processes
        figures.waiting = waiting ?? others.waiting
        figures.queued = queued ?? others.queued
        return figures
    }
}

extension TargetFigures {
    /// Requests and jobs that wait, together.
    package var queueLength: Double? {
        waiting == nil && queued == nil ? nil : (waiting ?? 0) + (queued ?? 0)
    }
}
