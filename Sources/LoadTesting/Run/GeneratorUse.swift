import LatencyHistograms
import LoadGeneration
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whether the generator kept up during a step, gathered second by second.
struct GeneratorUse: Sendable {
    /// A thread that works nine tenths of the time makes others wait for it.
    static let busiest = 0.9
    /// Percentiles that are told, and that lateness must leave as they are.
    static let percentiles = [50.0, 95, 99]
    /// Of a percentile: an event loop that is later than this share of it, as often as requests take longer than it, has moved it.
    static let latenessShare = 0.1
    /// Lateness up to this, in microseconds, moves no figure by more than is promised.
    static let lateness: UInt64 = 1_000
    /// Of the starts that were asked for.
    static let droppedShare = 0.01

    private var cpu = RunningLevel()
    private var lag = RunningLevel()
    private var lateness = LatencyHistogram()
    private var started = 0
    private var dropped = 0

    mutating func add(_ figures: GeneratorFigures, window: GeneratorWindow, seconds: Double) {
        cpu.add(figures.cpuPercent, seconds: seconds)
        lag.add(Double(window.worstLateness) / 1e9, seconds: seconds)
        lateness.merge(window.lateness)
        started += window.counts.started
        dropped += window.counts.droppedStarts
    }

    /// The health, with a sentence for each thing that spoils the figures. `service`: the service times that were measured, microseconds.
    func health(threads: Int, service: LatencyHistogram) -> GeneratorHealth {
        var health = GeneratorHealth()
        health.cpuPercent = cpu.level
        health.lag = lag.level
        health.lagP99 = lateness.value(atPercentile: 99).map { Double($0) / 1e6 }
        health.droppedStarts = dropped
        health.complaints = [busyComplaint(threads), lateComplaint(service)].compactMap(\.self)
        return health
    }

    private func busyComplaint(_ threads: Int) -> String? {
        guard let mean = cpu.level?.mean, mean >= Self.busiest * 100 * Double(threads) else { return nil }
        return
            "the generator itself used \(Int(mean.rounded())) % of a core with \(threads == 1 ? "one thread" : "\(threads) threads"); "
            + "give it more (--generator-threads) or a machine of its own"
    }

    /// The event loop is looked at 20 times a second, and comes to an answer as late as it came to these looks. Of all looks 1 in 100 may be
    /// later than a tenth of P99, 1 in 20 than a tenth of P95, half of them than a tenth of P50; that it was more often is said when chance
    /// does not explain it.
    private func lateComplaint(_ service: LatencyHistogram) -> String? {
        let looks = lateness.count
        for percent in Self.percentiles {
            guard let measured = service.value(atPercentile: percent) else { return nil }
            let most = max(Self.lateness, UInt64(Self.latenessShare * Double(measured)))
            let late = lateness.count(above: most)
            // As many or more by chance, if it were just the share that is allowed.
            let chance = 1 - EarlyStopping.atMost(late - 1, of: looks, chance: 1 - percent / 100)
            guard late > 0, chance <= 1 - EarlyStopping.defaultConfidence else { continue }
            return "the generator was late: in \(late) of \(looks) looks its event loop came more than "
                + "\(Decimals.text(Double(most) / 1000)) ms late, which moves the P\(Int(percent)) of "
                + "\(Decimals.text(Double(measured) / 1000)) ms; it lacked processor time, so give it a core that nothing else uses"
        }
        return nil
    }

    /// Said when more starts were dropped than can be passed over.
    var droppedComplaint: String? {
        guard dropped > 0, Double(dropped) > Self.droppedShare * Double(started + dropped) else { return nil }
        return "\(dropped) of \(started + dropped) starts were dropped because too many requests were under way: "
            + "the load was less than asked; ask for less, or raise --max-in-flight"
    }
}

/// What this program takes itself, from one look to the next.
struct GeneratorWatch: Sendable {
    /// Cores that this process may use, which in a container or under `taskset` are fewer than the machine has.
    static let cores = System.coreCount

    private var last: (time: Double, cpuSeconds: Double)

    init(now: Double) { last = (now, Self.cpuSeconds()) }

    /// Processor in percent of one core since the look before, and memory; the lag is filled in by who knows it.
    mutating func look(now: Double) -> GeneratorFigures {
        let cpuSeconds = Self.cpuSeconds()
        var figures = GeneratorFigures()
        figures.cores = Self.cores
        if now > last.time { figures.cpuPercent = (cpuSeconds - last.cpuSeconds) / (now - last.time) * 100 }
        figures.residentBytes = SystemProcesses().reading(of: Int(getpid()))?.residentBytes
        last = (now, cpuSeconds)
        return figures
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        #if canImport(Glibc)
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        #else
            guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
        #endif
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}
