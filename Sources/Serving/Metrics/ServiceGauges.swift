package import JobQueue
import Metrics

/// The gauges that are set from readings of the service. An unknown value is NaN, which triggers no alert.
struct ServiceGauges: Sendable {
    private struct Gauge: Sendable {
        var meter: Meter
        var value: @Sendable (ServiceReadings) -> Double
    }

    private let gauges: [Gauge]

    init(factory: any MetricsFactory) {
        gauges = Self.values.map { name, value in Gauge(meter: Meter(label: name, factory: factory), value: value) }
    }

    func set(_ readings: ServiceReadings) {
        for gauge in gauges { gauge.meter.set(gauge.value(readings)) }
    }

    private static let values: [(String, @Sendable (ServiceReadings) -> Double)] = [
        ("sakuga_running_jobs", { Double($0.scheduler.running) }),
        ("sakuga_waiting_jobs", { Double($0.scheduler.waiting) }),
        ("sakuga_job_slots", { Double($0.scheduler.slots) }),
        ("sakuga_predicted_wait_seconds", { $0.scheduler.predictedWait }),
        ("sakuga_core_seconds_per_megapixel", { $0.scheduler.coreSecondsPerMegapixel ?? .nan }),
        ("sakuga_job_memory_bytes", { Double($0.scheduler.memoryInUse) }),
        ("sakuga_job_memory_limit_bytes", { $0.scheduler.memoryLimit == .max ? .infinity : Double($0.scheduler.memoryLimit) }),
        ("sakuga_queue_up", { $0.store == nil ? 0 : 1 }),
        ("sakuga_queue_jobs", { Self.known($0.store?.queued) }),
        ("sakuga_queue_bytes", { Self.known($0.store?.queuedBytes) }),
        ("sakuga_queue_running_jobs", { Self.known($0.store?.running) }),
        ("sakuga_queue_result_bytes", { Self.known($0.store?.resultBytes) }),
        ("sakuga_queue_workers", { Self.known($0.store?.workers) }),
        ("sakuga_cache_entries", { Double($0.cacheEntries) }),
        ("sakuga_cache_bytes", { Double($0.cacheBytes) }),
        ("sakuga_connections", { Double($0.connections) }),
        ("sakuga_cores", { Double($0.cores) }),
        ("sakuga_ready", { $0.isReady ? 1 : 0 }),
    ]

    private static func known(_ number: Int?) -> Double { number.map(Double.init) ?? .nan }
}

/// The values of the gauges at one moment.
package struct ServiceReadings: Sendable, Equatable {
    /// What runs and waits in this process.
    package var scheduler: SchedulerLoad
    /// The load of the job store; nil when it cannot be reached, or there is none.
    package var store: JobStoreLoad?
    /// Pictures in the result cache.
    package var cacheEntries: Int
    /// Their bytes.
    package var cacheBytes: Int
    /// Open connections of clients.
    package var connections: Int
    /// Cores that the service uses.
    package var cores: Int
    /// Whether the service is ready for work.
    package var isReady: Bool

    /// Creates readings.
    package init(
        scheduler: SchedulerLoad, store: JobStoreLoad?, cacheEntries: Int = 0, cacheBytes: Int = 0, connections: Int = 0,
        cores: Int = 1, isReady: Bool = true
    ) {
        self.scheduler = scheduler
        self.store = store
        self.cacheEntries = cacheEntries
        self.cacheBytes = cacheBytes
        self.connections = connections
        self.cores = cores
        self.isReady = isReady
    }

    /// Creates the readings of a snapshot and of what the service itself does not know.
    package init(_ snapshot: ServiceSnapshot, connections: Int, cores: Int, isReady: Bool) {
        self.init(
            scheduler: snapshot.scheduler, store: snapshot.storeProblem == nil ? snapshot.store : nil,
            cacheEntries: snapshot.cache.entries, cacheBytes: snapshot.cache.bytes, connections: connections, cores: cores,
            isReady: isReady)
    }
}
