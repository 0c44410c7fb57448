import Foundation
import JobQueue
import Serving
import ServiceLifecycle
import Synchronization

/// All that the console shows and does, behind its routes. As a `Service` it takes a sample of the figures at each interval.
final class AdminPanel: Service {
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
