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

/// The generator's own health during a step, collected second by second.
struct GeneratorUse: Sendable {
    /// The mean share of a core per thread above which responses wait for the generator.
    static let busiest = 0.9
    /// The percentiles that lateness must not distort.
    static let percentiles = [50.0, 95, 99]
    /// Lateness above this share of a percentile, as often as requests exceed the percentile, distorts it.
    static let latenessShare = 0.1
    /// Lateness up to this, in microseconds, is below the precision of all figures.
    static let lateness: UInt64 = 1_000
    /// The tolerated share of dropped starts.
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

    /// The health, with a sentence for each reason to distrust the figures. `service`: the measured service times in microseconds.
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
            "the generator used \(Int(mean.rounded())) % of a core with \(threads == 1 ? "one thread" : "\(threads) threads"); "
            + "give it more threads (--generator-threads) or a machine of its own"
    }

    /// The event loop's lateness is sampled 20 times a second; a response waits as long as these samples did. 1 in 100 samples may be later
    /// than a tenth of P99, 1 in 20 than a tenth of P95, half of them than a tenth of P50. More than that is reported where chance does not
    /// explain it.
    private func lateComplaint(_ service: LatencyHistogram) -> String? {
        let samples = lateness.count
        for percent in Self.percentiles {
            guard let measured = service.value(atPercentile: percent) else { return nil }
            let most = max(Self.lateness, UInt64(Self.latenessShare * Double(measured)))
            let late = lateness.count(above: most)
            // The probability of as many or more if the true share were the allowed one.
            let chance = 1 - EarlyStopping.atMost(late - 1, of: samples, chance: 1 - percent / 100)
            guard late > 0, chance <= 1 - EarlyStopping.defaultConfidence else { continue }
            return "the generator was late: in \(late) of \(samples) samples its event loop was more than "
                + "\(Decimals.text(Double(most) / 1000)) ms late, which distorts the P\(Int(percent)) of "
                + "\(Decimals.text(Double(measured) / 1000)) ms; it lacked CPU time, so reserve a core for it"
        }
        return nil
    }

    /// The sentence about dropped starts, where they exceed the tolerated share.
    var droppedComplaint: String? {
        guard dropped > 0, Double(dropped) > Self.droppedShare * Double(started + dropped) else { return nil }
        return "\(dropped) of \(started + dropped) starts were dropped because too many requests were in flight: "
            + "the load was lower than requested; lower the rate, or raise --max-in-flight"
    }
}

/// The CPU and memory that this process uses, from one reading to the next.
struct GeneratorWatch: Sendable {
    /// The cores that this process may use: in a container or under `taskset` fewer than the machine has.
    static let cores = System.coreCount

    private var last: (time: Double, cpuSeconds: Double)

    init(now: Double) { last = (now, Self.cpuSeconds()) }

    /// The CPU in percent of one core since the last reading, and the memory; the lag is set by the caller.
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
