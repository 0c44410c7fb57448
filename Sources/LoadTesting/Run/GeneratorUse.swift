/// Whether the generator kept up during a step, gathered second by second.
struct GeneratorUse: Sendable {
    /// A thread that works nine tenths of the time makes others wait for it.
    static let busiest = 0.9
    /// Lateness below this, in seconds, is what any busy system has. It is the worst of each second that is looked at, so few requests
    /// meet it.
    static let lateness = 0.05
    /// Of the typical service time: lateness beyond it changes what is measured.
    static let latenessShare = 0.2
    /// Of the starts that were asked for.
    static let droppedShare = 0.01

    private var cpu = RunningLevel()
    private var lag = RunningLevel()
    private var started = 0
    private var dropped = 0

    mutating func add(_ figures: GeneratorFigures, window: GeneratorWindow, seconds: Double) {
        cpu.add(figures.cpuPercent, seconds: seconds)
        lag.add(Double(window.worstLateness) / 1e9, seconds: seconds)
        started += window.counts.started
        dropped += window.counts.droppedStarts
    }

    /// The health, with a sentence for each thing that spoils the figures. `median` is the typical service time in seconds.
    func health(threads: Int, median: Double?) -> GeneratorHealth {
        var health = GeneratorHealth()
        health.cpuPercent = cpu.level
        health.lag = lag.level
        health.droppedStarts = dropped
        health.complaints = [busyComplaint(threads), lateComplaint(median)].compactMap(\.self)
        return health
    }

    private func busyComplaint(_ threads: Int) -> String? {
        guard let mean = cpu.level?.mean, mean >= Self.busiest * 100 * Double(threads) else { return nil }
        return
            "the generator itself used \(Int(mean.rounded())) % of a core with \(threads == 1 ? "one thread" : "\(threads) threads"); "
            + "give it more (--generator-threads) or a machine of its own"
    }

    private func lateComplaint(_ median: Double?) -> String? {
        guard let mean = lag.level?.mean, mean > Self.lateness, mean > Self.latenessShare * (median ?? 0) else { return nil }
        return "the generator was \(Decimals.text(mean * 1000)) ms late at worst in a typical second; it lacked processor time, "
            + "so give it a core that nothing else uses"
    }

    /// Said when more starts were dropped than can be passed over.
    var droppedComplaint: String? {
        guard dropped > 0, Double(dropped) > Self.droppedShare * Double(started + dropped) else { return nil }
        return "\(dropped) of \(started + dropped) starts were dropped because too many requests were under way: "
            + "the load was less than asked; ask for less, or raise --max-in-flight"
    }
}
