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
