/// What the target takes during a step, gathered second by second.
struct TargetUse: Sendable {
    private var cpu = RunningLevel()
    private var memory = RunningLevel()
    private var threads = RunningLevel()
    private var descriptors = RunningLevel()
    private var queue = RunningLevel()
    private var cores: Int?
    private var isKnown = false

    mutating func add(_ figures: TargetFigures?, seconds: Double) {
        guard let figures else { return }
        isKnown = true
        cores = figures.cores ?? cores
        cpu.add(figures.cpuPercent, seconds: seconds)
        memory.add(figures.residentBytes.map(Double.init), seconds: seconds)
        threads.add(figures.threads.map(Double.init), seconds: seconds)
        descriptors.add(figures.descriptors.map(Double.init), seconds: seconds)
        queue.add(figures.queueLength, seconds: seconds)
    }

    /// Nil when nothing was ever measured.
    var use: ResourceUse? {
        guard isKnown else { return nil }
        var use = ResourceUse()
        use.cpuPercent = cpu.level
        use.cores = cores
        use.residentBytes = memory.level
        use.threads = threads.level
        use.descriptors = descriptors.level
        use.queueLength = queue.level
        return use
    }
}

extension TargetFigures {
    /// Requests and jobs that wait, together.
    package var queueLength: Double? {
        waiting == nil && queued == nil ? nil : (waiting ?? 0) + (queued ?? 0)
    }
}
