import Foundation
import JobQueue
import ServiceLifecycle
import Serving
import Synchronization

/// All that the console shows and does, behind its routes. As a `Service` it takes a sample of the figures at each interval.
final class AdminMonitor: Service {
    let configuration: AdminConfiguration
    let service: JobService
    let errors: RecentErrors
    let metricsText: (@Sendable () async -> String)?
    private let latency: RecentLatency
    private let figures: @Sendable () -> ProcessReading
    private let history = GaugeHistory()
    private let began = ContinuousClock.now
    private let lastReading: Mutex<(at: Double, cpuSeconds: Double?)>

    init(
        configuration: AdminConfiguration, service: JobService, latency: RecentLatency, errors: RecentErrors,
        figures: @escaping @Sendable () -> ProcessReading, metricsText: (@Sendable () async -> String)?
    ) {
        self.configuration = configuration
        self.service = service
        self.latency = latency
        self.errors = errors
        self.figures = figures
        self.metricsText = metricsText
        lastReading = Mutex((0, figures().cpuSeconds))
    }

    /// Takes samples until a graceful shutdown or cancellation.
    func run() async throws {
        let clock = ContinuousClock()
        await cancelWhenGracefulShutdown {
            var next = self.began
            while !Task.isCancelled {
                // From the beginning on, not from the last sample: no drift against the seconds that are counted.
                next = max(next + self.configuration.interval, clock.now)
                try? await clock.sleep(until: next)
                if !Task.isCancelled { self.history.add(self.sample()) }
            }
        }
    }

    private var now: Double { began.duration(to: .now) / .seconds(1) }

    private func sample() -> GaugeHistory.Sample {
        let now = now, load = service.snapshot, reading = figures(), recent = latency.summary(window: 10)
        return GaugeHistory.Sample(
            at: now, waiting: load.scheduler.waiting, queued: load.store.queued, running: load.scheduler.running,
            predictedWait: load.scheduler.predictedWait, cores: coresUsed(reading.cpuSeconds, at: now),
            residentBytes: reading.residentBytes, p50: recent.p50, p95: recent.p95, p99: recent.p99)
    }

    /// Cores kept busy since the last call, from processor time.
    private func coresUsed(_ cpuSeconds: Double?, at now: Double) -> Double? {
        lastReading.withLock { last in
            defer { last = (now, cpuSeconds) }
            guard let cpuSeconds, let before = last.cpuSeconds, now > last.at else { return nil }
            return max(0, cpuSeconds - before) / (now - last.at)
        }
    }

    /// The service at this moment.
    var state: AdminState {
        AdminState(
            at: now, configuration: configuration, styles: service.styles, snapshot: service.snapshot,
            picturesMade: service.picturesMade, reading: figures(), coresUsed: history.latest?.cores, latency: latency,
            errors: errors.latest)
    }

    /// The last five minutes.
    var past: AdminHistory { AdminHistory(history.all, latency.history(seconds: RecentLatency.span), now: now) }
}

/// The figures of the last five minutes that can't be told afterwards: what waited, ran and was used at each second.
final class GaugeHistory: Sendable {
    /// The service at one moment.
    struct Sample: Sendable {
        /// Seconds since the console began.
        var at: Double
        var waiting: Int
        var queued: Int
        var running: Int
        /// Seconds.
        var predictedWait: Double
        /// Cores that the process kept busy since the sample before.
        var cores: Double?
        var residentBytes: Int?
        /// Durations of the last ten seconds' answers, in seconds.
        var p50: Double?
        var p95: Double?
        var p99: Double?
    }

    /// Samples that are kept.
    static let capacity = 300

    private let samples = Mutex<[Sample]>([])

    func add(_ sample: Sample) {
        samples.withLock { samples in
            if samples.count == Self.capacity { samples.removeFirst() }
            samples.append(sample)
        }
    }

    /// The samples, the oldest first.
    var all: [Sample] { samples.withLock { $0 } }

    var latest: Sample? { samples.withLock { $0.last } }
}

/// The last five minutes for the console's charts, in columns: what it gets first.
struct AdminHistory: Encodable, Sendable {
    /// One value a sample, the oldest first.
    struct Gauges: Encodable, Sendable {
        /// Seconds since the console began; the same clock as `AdminState.at`.
        var at: [Double] = []
        var waiting: [Int] = []
        var queued: [Int] = []
        var running: [Int] = []
        var predicted_wait_seconds: [Double] = []
        var cores_used: [Double?] = []
        var resident_bytes: [Int?] = []
        var p50_seconds: [Double?] = []
        var p95_seconds: [Double?] = []
        var p99_seconds: [Double?] = []
    }

    /// One value a second that is over, the oldest first.
    struct Traffic: Encodable, Sendable {
        var at: [Double] = []
        var requests: [Int] = []
        var errors: [Int] = []
    }

    var gauges = Gauges()
    var traffic = Traffic()

    init(_ samples: [GaugeHistory.Sample], _ moments: [RecentLatency.Moment], now: Double) {
        for sample in samples {
            gauges.at.append(sample.at.rounded(to: 3))
            gauges.waiting.append(sample.waiting)
            gauges.queued.append(sample.queued)
            gauges.running.append(sample.running)
            gauges.predicted_wait_seconds.append(sample.predictedWait.rounded(to: 3))
            gauges.cores_used.append(sample.cores?.rounded(to: 3))
            gauges.resident_bytes.append(sample.residentBytes)
            gauges.p50_seconds.append(sample.p50?.rounded(to: 6))
            gauges.p95_seconds.append(sample.p95?.rounded(to: 6))
            gauges.p99_seconds.append(sample.p99?.rounded(to: 6))
        }
        // The present second is not over, and before the service began there was none.
        for moment in moments where moment.age > 0 && Double(moment.age) <= now {
            traffic.at.append((now - Double(moment.age)).rounded(to: 3))
            traffic.requests.append(moment.requests)
            traffic.errors.append(moment.errors)
        }
    }
}

extension Double {
    /// With so many decimals.
    func rounded(to decimals: Int) -> Double {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}
