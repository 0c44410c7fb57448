import Foundation
import JobQueue
import ServiceLifecycle
import Serving
import Synchronization

/// Samples the service's state at each interval, and provides what the console shows.
final class AdminMonitor: Service {
    let configuration: AdminConfiguration
    let service: JobService
    let errors: RecentErrors
    let metricsText: (@Sendable () async -> String)?
    private let latency: RecentLatency
    private let readProcess: @Sendable () -> ProcessReading
    private let history = GaugeHistory()
    private let start = ContinuousClock.now
    private let lastReading: Mutex<(at: Double, cpuSeconds: Double?)>

    init(
        configuration: AdminConfiguration, service: JobService, latency: RecentLatency, errors: RecentErrors,
        readProcess: @escaping @Sendable () -> ProcessReading, metricsText: (@Sendable () async -> String)?
    ) {
        self.configuration = configuration
        self.service = service
        self.latency = latency
        self.errors = errors
        self.readProcess = readProcess
        self.metricsText = metricsText
        lastReading = Mutex((0, readProcess().cpuSeconds))
    }

    /// Takes samples until a graceful shutdown or cancellation.
    func run() async throws {
        let clock = ContinuousClock()
        await cancelWhenGracefulShutdown {
            var next = self.start
            while !Task.isCancelled {
                // Relative to the start, not to the last sample, so that the interval does not drift.
                next = max(next + self.configuration.interval, clock.now)
                try? await clock.sleep(until: next)
                if !Task.isCancelled { self.history.add(self.sample()) }
            }
        }
    }

    private var now: Double { start.duration(to: .now) / .seconds(1) }

    private func sample() -> GaugeHistory.Sample {
        let now = now, load = service.snapshot, reading = readProcess(), recent = latency.summary(window: 10)
        return GaugeHistory.Sample(
            at: now, waiting: load.scheduler.waiting, queued: load.store.queued, running: load.scheduler.running,
            predictedWait: load.scheduler.predictedWait, cores: coresUsed(reading.cpuSeconds, at: now),
            residentBytes: reading.residentBytes, p50: recent.p50, p95: recent.p95, p99: recent.p99)
    }

    /// The number of cores in use since the last call, by processor time.
    private func coresUsed(_ cpuSeconds: Double?, at now: Double) -> Double? {
        lastReading.withLock { last in
            defer { last = (now, cpuSeconds) }
            guard let cpuSeconds, let before = last.cpuSeconds, now > last.at else { return nil }
            return max(0, cpuSeconds - before) / (now - last.at)
        }
    }

    /// The current state.
    var state: AdminState {
        AdminState(
            at: now, configuration: configuration, styles: service.styles, snapshot: service.snapshot,
            picturesMade: service.picturesMade, reading: readProcess(), coresUsed: history.latest?.cores, latency: latency,
            errors: errors.latest)
    }

    /// The last five minutes.
    var recentHistory: AdminHistory { AdminHistory(history.all, latency.history(seconds: RecentLatency.span), now: now) }
}

/// The samples of the last five minutes.
final class GaugeHistory: Sendable {
    /// A sample of the service's state.
    struct Sample: Sendable {
        /// Seconds since the console started.
        var at: Double
        var waiting: Int
        var queued: Int
        var running: Int
        /// Seconds.
        var predictedWait: Double
        /// The number of cores in use since the previous sample.
        var cores: Double?
        var residentBytes: Int?
        /// Percentiles of the last ten seconds' response times, in seconds.
        var p50: Double?
        var p95: Double?
        var p99: Double?
    }

    /// The maximum number of samples.
    static let capacity = 300

    private let samples = Mutex<[Sample]>([])

    func add(_ sample: Sample) {
        samples.withLock { samples in
            if samples.count == Self.capacity { samples.removeFirst() }
            samples.append(sample)
        }
    }

    /// All samples, the oldest first.
    var all: [Sample] { samples.withLock { $0 } }

    var latest: Sample? { samples.withLock { $0.last } }
}

/// The last five minutes for the console's charts, in columns. It is the first event of the console's stream.
struct AdminHistory: Encodable, Sendable {
    /// One value per sample, the oldest first.
    struct Gauges: Encodable, Sendable {
        /// Seconds since the console started, as in `AdminState.at`.
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

    /// One value per complete second, the oldest first.
    struct Traffic: Encodable, Sendable {
        var at: [Double] = []
        var requests: [Int] = []
        var errors: [Int] = []
    }

    var gauges = Gauges()
    var traffic = Traffic()

    init(_ samples: [GaugeHistory.Sample], _ seconds: [RecentLatency.Second], now: Double) {
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
        // The current second is not complete, and there are none before the start.
        for second in seconds where second.age > 0 && Double(second.age) <= now {
            traffic.at.append((now - Double(second.age)).rounded(to: 3))
            traffic.requests.append(second.requests)
            traffic.errors.append(second.errors)
        }
    }
}

extension Double {
    /// The value with this many decimals.
    func rounded(to decimals: Int) -> Double {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}
